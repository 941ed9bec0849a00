import type { Messages } from '@/shared/i18n'

const messages: Messages = {
  'zh-CN': {
    receipt: {
      title: '回执核对',
      what: '回执',
      checking: '正在核对',
      agrees: '一致，没有被改动',
      agrees_body: '回执记下的内容仍在记录里，原样未动。',
      agrees_grown: '之后又增加了 {n} 项记录，这是正常的。',
      agrees_same: '记录自那以后没有增加。',
      differs: '不一致',
      differs_body:
        '现在的记录不是从回执记下的内容延续来的。请保存好回执，向办案单位的上级机关、检察院或者法院提出。',
      beyond: '记录比回执短',
      beyond_body:
        '回执记下了 {size} 项，现在只剩 {now} 项，有内容被删减。请保存好回执，向办案单位的上级机关、检察院或者法院提出。',
      unknown: '没有这次会话',
      unknown_body: '本站没有编号为 {sid} 的会话。请核对网址；若确认无误，请保存好回执。',
      unreadable: '回执不完整',
      unreadable_body: '网址里缺少回执的校验码。请重新扫描回执上的二维码，不要删改网址。',
      session: '会话',
      site: '站点',
      opened: '开始',
      sealed: '封存',
      not_sealed: '还没有封存',
      yours: '你的回执',
      now: '现在的记录',
      doc: '决定书',
      doc_note: 'PDF 文件的 SHA-256 摘要，可与手中的文件比对',
      how: '怎样核对',
      how_body:
        '本页从服务器取得现在的校验码和一串摘要，在你的手机上重新计算，看回执记下的状态是不是现在记录的开头。算法见 RFC 9162 第 2.1.4.2 节。',
    },
  },
  en: {
    receipt: {
      title: 'Check a receipt',
      what: 'Receipt',
      checking: 'Checking',
      agrees: 'It agrees: nothing was changed',
      agrees_body: 'What your receipt recorded is still in the log, as it was.',
      agrees_grown: '{n} entries were added since, which is normal.',
      agrees_same: 'Nothing was added since.',
      differs: 'It does not agree',
      differs_body:
        'The present log does not continue what your receipt recorded. Keep the receipt and bring it to the superior authority, the procuratorate or the court.',
      beyond: 'The log is shorter than your receipt',
      beyond_body:
        'Your receipt recorded {size} entries, only {now} are left: something was removed. Keep the receipt and bring it to the superior authority, the procuratorate or the court.',
      unknown: 'No such session',
      unknown_body: 'This site has no session {sid}. Check the address; if it is right, keep the receipt.',
      unreadable: 'The receipt is incomplete',
      unreadable_body:
        'The address lacks the check value. Scan the code on the receipt again and leave the address as it is.',
      session: 'Session',
      site: 'Site',
      opened: 'Begun',
      sealed: 'Sealed',
      not_sealed: 'not sealed yet',
      yours: 'Your receipt',
      now: 'The log now',
      doc: 'Decision',
      doc_note: 'SHA-256 of the PDF, to be compared with the file you have',
      how: 'How this is checked',
      how_body:
        'This page takes the present check value and a chain of digests from the server and recomputes on your phone whether what your receipt recorded is the beginning of the present log (RFC 9162, section 2.1.4.2).',
    },
  },
}

export default messages
