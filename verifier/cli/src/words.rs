//! What each finding means, in the words of somebody who has to act on it.

use integrity::verify::Code;

use crate::args::Lang;

/// A finding in a clause.
pub(crate) fn meaning(code: Code, lang: Lang) -> &'static str {
    let (en, zh) = both(code);
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

fn both(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::BundleUnreadable => ("it cannot be read", "无法读取"),
        Code::TrustUnreadable => ("the trust file cannot be read", "信任文件无法读取"),
        Code::LogMissing => (
            "there is no log: this is not a recording",
            "没有日志：这不是一份录制证据",
        ),
        Code::VersionUnsupported => ("this verifier does not support it", "本验证程序不支持"),
        Code::SiteUnknown => (
            "it comes from another site than the trust file is for",
            "来自信任文件之外的站点",
        ),
        Code::ManifestFormat => (
            "a list of files is missing or malformed",
            "文件清单缺失或格式错误",
        ),
        Code::ManifestMismatch => (
            "a file is not the one that was exported",
            "文件与导出时不一致",
        ),
        Code::FileMissing => ("a file is missing", "文件缺失"),
        Code::FileUnlisted => ("a file was added", "多出未列入清单的文件"),
        Code::FileUnbound => (
            "a file is there that nothing vouches for",
            "存在无任何条目佐证的文件",
        ),
        Code::FileNotRegular => (
            "a link or device stands where a file should",
            "应为普通文件处出现链接或设备",
        ),
        Code::PathUnsafe => ("a file's name is not allowed", "文件名不合规"),
        Code::ExportSignature => (
            "the export is not signed for these files",
            "导出签名与文件不符",
        ),
        Code::LogTorn => ("the log is torn", "日志被截断，末行不完整"),
        Code::JsonInvalid => ("an entry cannot be read", "日志条目无法解析"),
        Code::JsonDuplicateKey => ("an entry says something twice", "日志条目字段重复"),
        Code::JsonNumber => (
            "an entry has a number that is not allowed",
            "日志条目数字不合规",
        ),
        Code::JsonNfc => (
            "an entry has text that is not in normal form",
            "日志条目文本未规范化",
        ),
        Code::JsonNoncanonical => ("an entry is not in its one form", "日志条目不是规范形式"),
        Code::EntrySchema => ("an entry is not well-formed", "日志条目结构不符"),
        Code::SeqBroken => ("entries are missing or out of order", "日志条目序号不连续"),
        Code::ChainBroken => ("the chain of entries is broken", "日志哈希链断裂"),
        Code::SessionMismatch => ("it belongs to another session", "属于另一次会话"),
        Code::ClockBackwards => ("a clock runs backwards", "时钟倒退"),
        Code::OpenMissing => (
            "the log does not begin with its opening",
            "日志缺少开启条目",
        ),
        Code::OpenDuplicate => ("the log is opened twice", "日志重复开启"),
        Code::SealMissing => ("the recording is not sealed", "录制未封存"),
        Code::SealDuplicate => ("the recording is sealed twice", "录制重复封存"),
        Code::EntryAfterSeal => ("something was added after the seal", "封存后被追加内容"),
        Code::CheckpointMissing => ("no signed head holds", "没有有效的签名链首"),
        Code::NoteMalformed => ("a signed head is malformed", "签名链首格式错误"),
        Code::OriginMismatch => (
            "a signed head belongs to another log",
            "签名链首属于另一份日志",
        ),
        Code::SignatureInvalid => ("a signature is wrong", "签名错误"),
        Code::SignatureUntrusted => (
            "nobody who is to be believed has signed",
            "没有受信任者签名",
        ),
        Code::KeyOutOfWindow => (
            "it was signed outside its key's time",
            "签名不在密钥有效期内",
        ),
        Code::CheckpointRoot => (
            "the log was changed after its head was signed",
            "日志在签名之后被改动",
        ),
        Code::CheckpointFork => (
            "the recorder's key has signed two histories",
            "录制密钥签署了两份不同的历史",
        ),
        Code::LogTruncated => (
            "the log was cut after its head was signed",
            "日志在签名之后被截短",
        ),
        Code::LogUncovered => ("the end of the log is not signed", "日志末尾没有签名"),
        Code::TrackUnknown => (
            "media of a track that is not being recorded",
            "媒体所属轨道未开启或已结束",
        ),
        Code::SegmentIndex => ("a segment is missing or out of order", "分段序号不连续"),
        Code::SegmentMissing => ("recorded media is missing", "录制媒体缺失"),
        Code::SegmentEmpty => ("a segment is empty", "分段为空"),
        Code::SegmentLength => ("recorded media was cut", "录制媒体被截短"),
        Code::SegmentDigest => ("recorded media was changed", "录制媒体被改动"),
        Code::SegmentLayout => ("a segment is not where it should be", "分段位置不符"),
        Code::SegmentTime => ("a segment's times cannot be", "分段时间不合理"),
        Code::Sm3Mismatch => ("an SM3 digest is wrong", "SM3 摘要不符"),
        Code::GapUndeclared => (
            "something is missing that the log does not admit",
            "存在未申报的缺口",
        ),
        Code::GapmapMismatch => (
            "the seal's gaps are not the log's",
            "封存条目的缺口表与日志不符",
        ),
        Code::TotalsMismatch => ("totals do not add up", "合计数不符"),
        Code::BackfillMismatch => (
            "later media is not what the device had promised",
            "补传内容与设备承诺不符",
        ),
        Code::FileDigest => ("a document is not the one in the log", "文件与日志记载不符"),
        Code::DecisionMismatch => (
            "the decision is not one of this recording",
            "决定书不属于本录制",
        ),
        Code::DecisionHead => (
            "a decision names a state the log never had",
            "决定书所载链首与日志不符",
        ),
        Code::SignedDocMismatch => (
            "what was signed is not what was issued",
            "签署的文书与出具的不一致",
        ),
        Code::OpeningMismatch => (
            "a private field is not what was recorded",
            "个人信息字段与承诺不符",
        ),
        Code::RedactionInvalid => ("a redaction is not what it says", "遮蔽与记载不符"),
        Code::ProofMissing => ("a required proof is missing", "缺少规定的外部证明"),
        Code::AnchorInvalid => ("a proof from the public log is wrong", "公开日志证明错误"),
        Code::AnchorHead => (
            "the public log has another head of this session",
            "公开日志中的链首与此不符",
        ),
        Code::AnchorBeyondLog => (
            "the public log knows a longer recording",
            "公开日志显示录制更长",
        ),
        Code::WitnessQuorum => ("too few witnesses vouch for it", "见证方数量不足"),
        Code::TimestampInvalid => ("a time stamp is wrong", "时间戳错误"),
        Code::TimestampMismatch => ("a time stamp is of something else", "时间戳对应其他内容"),
        Code::TimestampTime => ("a time stamp's time cannot be", "时间戳时间不合理"),
        Code::ReceiptInvalid => ("a receipt is not one of this session", "回执不属于本会话"),
        Code::ReceiptMismatch => (
            "the log was rewritten after a receipt was given",
            "出具回执后日志被改写",
        ),
        Code::ReceiptBeyondLog => (
            "the log was cut after a receipt was given",
            "出具回执后日志被截短",
        ),
        Code::GapDeclared => (
            "something was not recorded, and the log says so",
            "存在已申报的缺口",
        ),
        Code::ParticipantUnrecorded => {
            ("somebody who must be recorded was not", "应录人员未被录制")
        }
        Code::StepMissing => ("a required step was not completed", "缺少规定步骤"),
        Code::StepUnrecorded => (
            "a required step was not recorded throughout",
            "规定步骤未全程录制",
        ),
        Code::BackfillPending => (
            "a device still holds media it has promised",
            "设备承诺的内容尚未补传",
        ),
        Code::SessionOpen => ("the session is still open", "会话尚未封存"),
        Code::LateCommit => ("media was secured late", "媒体固化较迟"),
        Code::ClockSkew => ("the clocks moved apart", "时钟出现偏差"),
        Code::BackfillUncommitted => ("later media was not promised live", "补传内容未曾实时承诺"),
        Code::CrashRecovered => ("recording went on after a crash", "崩溃后恢复录制"),
        Code::Sm3Unchecked => ("SM3 digests were not checked", "未校验 SM3 摘要"),
        Code::ExportUnsigned => ("the export itself is not signed", "导出本身未签名"),
        Code::PacketsLost => ("packets were lost on the way", "传输中有丢包"),
        Code::SegmentWithheld => ("a segment is withheld from this copy", "本副本隐去部分分段"),
        Code::FieldWithheld => (
            "a private field is withheld from this copy",
            "本副本隐去个人信息字段",
        ),
        Code::FieldErased => (
            "a private field was erased by law",
            "个人信息字段已依法删除",
        ),
        Code::GapBackfilled => ("a gap was filled by the device", "缺口已由设备补传"),
        Code::LegalHold => ("it must not be disposed of", "处于保全状态，不得销毁"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_words_of_its_own() {
        for lang in [Lang::En, Lang::Zh] {
            let mut words: Vec<_> = Code::ALL.iter().map(|code| meaning(*code, lang)).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), Code::ALL.len());
        }
    }
}
