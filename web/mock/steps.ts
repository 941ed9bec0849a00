import type { Guard, Need, Sentence } from '../src/api/schema.gen.ts'

/** One step of the simple procedure as the mock plays it; the wording is that of the real scripts. */
export interface StepPlan {
  id: string
  zh: string
  en: string
  actors: string[]
  recorded?: boolean
  atomic?: boolean
  sentences?: [id: string, speaker: string, zh: string, en: string][]
  needs?: Partial<Need>[]
  guards?: Partial<Guard>[]
  /** How it ends where not by a plain `complete`. */
  act?: 'defence' | 'review' | 'decision' | 'signature' | 'delivery' | 'seal'
}

const FINE =
  '你的违反禁止标线指示违反了道路交通安全法律法规，依据《道路交通安全法》第三十八条和第九十条的规定，对你处以 100 元的罚款，记 1 分。'

export const PLAN: StepPlan[] = [
  { id: 'S01_CALL', zh: '呼叫坐席', en: 'Call a seat', actors: ['officer'] },
  { id: 'S02_REC_START', zh: '开始录制', en: 'Recording starts', actors: ['system'] },
  {
    id: 'S03_IDENTITY',
    zh: '表明执法身份',
    en: 'Officers identify themselves',
    actors: ['officer', 'seat'],
    recorded: true,
    sentences: [
      [
        'SC11.1',
        'officer',
        '你好！我是城区中队民警王海峰，警号 150437，这是我的执法证件。',
        'Hello! I am officer Wang Haifeng, number 150437. This is my police card.',
      ],
      ['SC01.1', 'seat', '你好！', 'Hello!'],
      [
        'SC01.2',
        'seat',
        '我是林西县公安局交通管理大队民警周敏，现在正通过视频连线参与现场执法并全程监督指导，请你配合工作！',
        'I am police officer Zhou Min. I take part in this enforcement by video and supervise it throughout. Please cooperate.',
      ],
      [
        'SC01.3',
        'seat',
        '本次执法全程录音录像。',
        'Sound and picture of the whole procedure are being recorded.',
      ],
    ],
    needs: [
      {
        field: 'officer_credential',
        label_zh: '现场民警证件',
        label_en: 'Police card',
        type: 'media',
        required: true,
      },
    ],
    guards: [
      {
        id: 'credential_shown',
        check: 'human',
        zh: '已出示执法证件、说明身份',
        en: 'Credentials were shown and the office was named',
        confirm_by: ['officer', 'seat'],
      },
    ],
  },
  {
    id: 'S04_PARTY',
    zh: '核对当事人身份',
    en: 'Identify the party',
    actors: ['officer'],
    recorded: true,
    sentences: [
      [
        'SC08.1',
        'officer',
        '你好！请出示驾驶证、行驶证。',
        'Hello! Please show your driving and vehicle licence.',
      ],
    ],
    needs: [
      { field: 'party_name', label_zh: '姓名', label_en: 'Name', type: 'text', required: true },
      {
        field: 'id_doc_type',
        label_zh: '证件种类',
        label_en: 'Document',
        type: 'enum',
        required: true,
        choices_from: 'id_doc_types',
      },
      {
        field: 'id_no',
        label_zh: '身份证号',
        label_en: 'ID number',
        type: 'id_number',
        required: true,
        group: 1,
      },
      {
        field: 'licence_no',
        label_zh: '驾驶证号',
        label_en: 'Licence number',
        type: 'id_number',
        required: true,
        group: 1,
      },
      { field: 'birth_date', label_zh: '出生日期', label_en: 'Date of birth', type: 'time', required: true },
      {
        field: 'face_matches_photo',
        label_zh: '相貌与证件一致',
        label_en: 'Face agrees with photo',
        type: 'bool',
        required: true,
      },
      { field: 'plate', label_zh: '车辆号牌', label_en: 'Number plate', type: 'plate', required: false },
      {
        field: 'vehicle_type',
        label_zh: '车辆类型',
        label_en: 'Vehicle type',
        type: 'enum',
        required: false,
        choices_from: 'vehicle_types',
      },
      {
        field: 'points_so_far',
        label_zh: '累积记分',
        label_en: 'Points so far',
        type: 'number',
        required: false,
        min: 0,
        max: 12,
      },
    ],
    guards: [
      {
        id: 'identity_confirmed',
        check: 'human',
        zh: '姓名、证件、相貌一致，坐席已核对',
        en: 'Name, document and face agree and the seat has checked them',
        basis: ['道路交通安全违法行为处理程序规定:10'],
        confirm_by: ['seat'],
      },
    ],
  },
  {
    id: 'S05_FACTS',
    zh: '查明违法事实',
    en: 'Establish the facts',
    actors: ['officer'],
    recorded: true,
    needs: [
      {
        field: 'violation_code',
        label_zh: '违法行为',
        label_en: 'Violation',
        type: 'enum',
        required: true,
        choices_from: 'violations',
      },
      { field: 'violation_time', label_zh: '违法时间', label_en: 'Time', type: 'time', required: true },
      { field: 'violation_place', label_zh: '位置', label_en: 'Position', type: 'geo', required: true },
      { field: 'place_text', label_zh: '地点', label_en: 'Place', type: 'text', required: true },
      {
        field: 'evidence',
        label_zh: '现场照片',
        label_en: 'Evidence',
        type: 'media',
        required: true,
        min: 1,
      },
      {
        field: 'proposed_penalty',
        label_zh: '拟处罚',
        label_en: 'Proposed penalty',
        type: 'enum',
        required: true,
        choices: [
          { code: 'oral_warning', name: '口头警告' },
          { code: 'warning', name: '警告' },
          { code: 'fine', name: '罚款' },
        ],
      },
      {
        field: 'proposed_fine_yuan',
        label_zh: '罚款（元）',
        label_en: 'Fine (yuan)',
        type: 'number',
        required: false,
        min: 20,
        max: 200,
      },
    ],
    guards: [
      {
        id: 'no_measure_pending',
        check: 'human',
        zh: '没有未完结的行政强制措施',
        en: 'No coercive measure is pending',
        confirm_by: ['officer'],
      },
      {
        id: 'no_crime_suspicion',
        check: 'human',
        zh: '不涉嫌犯罪',
        en: 'No suspicion of a crime',
        confirm_by: ['officer'],
      },
    ],
  },
  {
    id: 'S06_NOTICE',
    zh: '处罚前告知',
    en: 'Notice before the penalty',
    actors: ['officer', 'seat'],
    recorded: true,
    atomic: true,
    sentences: [
      [
        'SC02.1',
        'seat',
        '违法事实：今天 14:21，在东环路与兴林路交叉口南 80 米，驾驶蒙D·K7362 小型轿车违反禁止标线指示。',
        'The facts: today at 14:21, 80 m south of the junction of Donghuan Road and Xinglin Road, driving 蒙D·K7362 you did not follow a prohibition marking.',
      ],
      ['SC02.2', 'seat', FINE, 'You are to be fined 100 yuan, with 1 point.'],
      [
        'SC02.3',
        'seat',
        '你有权陈述和申辩，也有权申请回避。',
        'You have the right to make a statement and to defend yourself; you may also ask that an officer be replaced.',
      ],
      ['SC02.5', 'seat', '你是否陈述、申辩？', 'Do you wish to make a statement or defend yourself?'],
    ],
    needs: [
      { field: 'facts', label_zh: '事实', label_en: 'Facts', type: 'text', required: true },
      { field: 'legal_basis', label_zh: '依据', label_en: 'Basis', type: 'text', required: true },
      { field: 'proposed_penalty', label_zh: '拟处罚', label_en: 'Penalty', type: 'enum', required: true },
      {
        field: 'right_to_state_and_defend_told',
        label_zh: '申辩权',
        label_en: 'Defence',
        type: 'bool',
        required: true,
      },
      {
        field: 'right_to_recusal_told',
        label_zh: '回避权',
        label_en: 'Recusal',
        type: 'bool',
        required: true,
      },
    ],
    guards: [
      {
        id: 'no_gap_in_step',
        check: 'machine',
        zh: '本步骤内两路录制没有中断',
        en: 'Neither recording has a gap in this step',
        basis: ['行政处罚法:47'],
        state: 'holds',
      },
    ],
  },
  {
    id: 'S07_DEFENCE',
    zh: '听取陈述申辩',
    en: 'Hear the party',
    actors: ['party'],
    recorded: true,
    act: 'defence',
    sentences: [
      [
        'SC17.1',
        'officer',
        '请你看屏幕上的内容，陈述、申辩或者放弃都由你决定。',
        'Please read the screen. Whether you make a statement or not is up to you.',
      ],
    ],
  },
  {
    id: 'S08_REVIEW',
    zh: '复核陈述申辩',
    en: 'Review the defence',
    actors: ['officer', 'seat'],
    recorded: true,
    needs: [
      {
        field: 'defence_finding',
        label_zh: '复核结论',
        label_en: 'Finding',
        type: 'enum',
        required: true,
        choices: [
          { code: 'upheld', name: '成立' },
          { code: 'not_upheld', name: '不成立' },
          { code: 'nothing_said', name: '未陈述申辩' },
        ],
      },
      { field: 'finding_reason', label_zh: '理由', label_en: 'Reason', type: 'text', required: true },
    ],
  },
  { id: 'S09_SUPERVISE', zh: '坐席审核', en: 'Seat reviews', actors: ['seat'], act: 'review' },
  {
    id: 'S10_DECISION',
    zh: '制作处罚决定书',
    en: 'Make the decision',
    actors: ['officer'],
    act: 'decision',
    guards: [
      {
        id: 'decision_content_complete',
        check: 'human',
        zh: '决定书载明法定内容，由民警签名或者盖章并加盖公章',
        en: 'The document has its statutory content, signatures and seal',
        basis: ['道路交通安全法:107.2', '行政处罚法:52.2'],
        confirm_by: ['officer'],
      },
    ],
  },
  {
    id: 'S11_SIGN',
    zh: '被处罚人签名',
    en: 'The party signs',
    actors: ['party', 'officer'],
    recorded: true,
    act: 'signature',
    sentences: [
      [
        'SC03.1',
        'officer',
        '刚才，我们已告知了你的违法行为及享有的权利义务，并依法作出处罚决定，如无异议，请你签名！',
        'We have told you what you did and what your rights and duties are, and made the decision by law. If you do not object, please sign.',
      ],
    ],
  },
  {
    id: 'S12_DELIVER',
    zh: '当场交付',
    en: 'Hand over the decision',
    actors: ['officer'],
    recorded: true,
    act: 'delivery',
    sentences: [
      ['SC06.1', 'officer', '依据法律规定，我们不能当场收缴罚款。', 'By law we cannot take the fine here.'],
      ['SC06.2', 'officer', '请到中国农业银行林西县支行缴纳罚款。', 'Please pay the fine at the bank.'],
    ],
    guards: [
      {
        id: 'delivered_at_scene',
        check: 'human',
        zh: '在现场当场交付；拒收的注明，即为送达',
        en: 'Handed over at the scene at once; a noted refusal counts as service',
        basis: ['道路交通安全违法行为处理程序规定:44.1.5'],
        confirm_by: ['officer'],
      },
    ],
  },
  {
    id: 'S13_RELEASE',
    zh: '交还证件并放行',
    en: 'Return papers and release',
    actors: ['officer'],
    sentences: [
      ['SC07.1', 'officer', '请收好法律文书和证件。', 'Please keep the document and your papers safe.'],
    ],
    needs: [
      {
        field: 'papers_returned',
        label_zh: '证件已交还',
        label_en: 'Papers returned',
        type: 'bool',
        required: true,
      },
    ],
  },
  { id: 'S14_REC_CLOSE', zh: '封存录制', en: 'Seal the recording', actors: ['system'], act: 'seal' },
]

export function sentencesOf(plan: StepPlan, read: ReadonlySet<string>): Sentence[] {
  return (plan.sentences ?? []).map(([id, speaker, zh, en]) => ({ id, speaker, zh, en, read: read.has(id) }))
}
