//! What has to be changed in session descriptions around the stack.
//!
//! Offers lose what the server does not use: the peer's candidates (an ICE-lite agent sends no checks, RFC
//! 8445 §6.1.3, and learns addresses from those of the peer; Chromium's `.local` names mean nothing here) and
//! simulcast (RFC 8853), whose absence from the answer leaves the best encoding alone.
//!
//! Answers get the codec the room needs in first place, because that is the one a browser sends, and the
//! media streams that pair sound with picture.

use std::borrow::Cow;
use std::fmt::Write;

use str0m::media::Mid;

use crate::Kind;

/// The offer without what the server does not use, with line ends as RFC 8866 §5 wants them.
pub(crate) fn trim_offer(sdp: &str) -> String {
    const UNUSED: [&str; 4] = [
        "a=candidate:",
        "a=end-of-candidates",
        "a=simulcast:",
        "a=rid:",
    ];
    let mut trimmed = String::with_capacity(sdp.len());
    for line in sdp
        .lines()
        .filter(|line| !UNUSED.iter().any(|unused| line.starts_with(unused)))
    {
        trimmed.push_str(line);
        trimmed.push_str("\r\n");
    }
    trimmed
}

/// Whose certificate the offer announces, in lower case: another one is another connection.
pub(crate) fn fingerprint(sdp: &str) -> Option<String> {
    sdp.lines()
        .find_map(|line| line.strip_prefix("a=fingerprint:"))
        .map(|value| value.trim().to_ascii_lowercase())
}

/// What the m-lines of an offer ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) lines: usize,
    /// m-lines on which the offerer sends media.
    pub(crate) sending: usize,
}

/// Counts without trusting: the stack's parser comes after this.
pub(crate) fn size(sdp: &str) -> Size {
    let mut size = Size {
        lines: 0,
        sending: 0,
    };
    for line in Sections::new(sdp) {
        size.lines += 1;
        let is_media = line.text.starts_with("m=audio") || line.text.starts_with("m=video");
        size.sending += usize::from(is_media && line.direction().sends);
    }
    size
}

/// An m-line of our answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) mid: Mid,
    pub(crate) kind: Kind,
    pub(crate) sends: bool,
    pub(crate) receives: bool,
}

/// The m-lines of an answer that carry media at present.
pub(crate) fn lines(answer: &str) -> Vec<Line> {
    let live = |section: Section<'_>| {
        let kind = section.kind().filter(|_| !section.is_refused())?;
        let mid = section.attribute("mid")?;
        let Direction { sends, receives } = section.direction();
        (sends || receives).then(|| Line {
            mid: Mid::from(mid),
            kind,
            sends,
            receives,
        })
    };
    Sections::new(answer).filter_map(live).collect()
}

/// The answer with `first` (payload types) before all others in every video m-line, and with the n-th sound
/// and the n-th picture that we send in one media stream.
pub(crate) fn finish(answer: &str, first: &[u8]) -> String {
    let mut finished = String::with_capacity(answer.len() + 256);
    finished.push_str(head(answer));
    let (mut audio, mut video) = (0, 0);
    for section in Sections::new(answer) {
        let pair = match section.kind() {
            Some(kind) if section.direction().sends => {
                let count = if kind == Kind::Audio {
                    &mut audio
                } else {
                    &mut video
                };
                *count += 1;
                Some(*count)
            }
            Some(_) | None => None,
        };
        for line in codecs_first(section, first) {
            finished.push_str(&finish_line(line, section.kind(), pair, first));
            finished.push_str("\r\n");
        }
    }
    finished
}

/// The section's lines with the descriptions of the preferred codecs before those of others: some peers go by
/// these instead of the m-line.
fn codecs_first<'a>(section: Section<'a>, first: &[u8]) -> Vec<&'a str> {
    let (preferred, mut others): (Vec<&str>, Vec<&str>) = section
        .text
        .lines()
        .partition(|line| codec_of(line).is_some_and(|pt| first.contains(&pt)));
    let at = others
        .iter()
        .position(|line| codec_of(line).is_some())
        .unwrap_or(others.len());
    others.splice(at..at, preferred);
    others
}

/// The payload type a line describes.
fn codec_of(line: &str) -> Option<u8> {
    let value = ["a=rtpmap:", "a=rtcp-fb:", "a=fmtp:"]
        .iter()
        .find_map(|name| line.strip_prefix(name))?;
    value.split(' ').next()?.parse().ok()
}

fn finish_line<'a>(
    line: &'a str,
    kind: Option<Kind>,
    pair: Option<usize>,
    first: &[u8],
) -> Cow<'a, str> {
    if line.starts_with("m=video") {
        return Cow::Owned(prefer(line, first));
    }
    // RFC 8830 §2; the older form within a=ssrc is still what some peers read.
    let msid = if line.starts_with("a=msid:") {
        Some("a=msid:")
    } else if line.starts_with("a=ssrc:") {
        line.find(" msid:").map(|at| &line[..at + " msid:".len()])
    } else {
        None
    };
    match (msid, pair, kind) {
        (Some(prefix), Some(pair), Some(kind)) => {
            let kind = if kind == Kind::Audio {
                "sound"
            } else {
                "picture"
            };
            Cow::Owned(format!("{prefix}slot-{pair} slot-{pair}-{kind}"))
        }
        _ => Cow::Borrowed(line),
    }
}

/// `m=<media> <port> <proto> <fmt> …` with some formats moved to the front (RFC 3264 §6.1: the order is the
/// answerer's preference).
fn prefer(line: &str, first: &[u8]) -> String {
    let mut words = line.split_ascii_whitespace();
    let mut out = words.by_ref().take(3).collect::<Vec<_>>().join(" ");
    let (front, back): (Vec<&str>, Vec<&str>) = words.partition(|word| {
        word.parse::<u8>()
            .is_ok_and(|payload_type| first.contains(&payload_type))
    });
    for word in front.iter().chain(&back) {
        write!(out, " {word}").expect("writing to a string succeeds");
    }
    out
}

/// What comes before the first m-line.
fn head(sdp: &str) -> &str {
    match sdp.find("\nm=") {
        Some(at) => &sdp[..=at],
        None if sdp.starts_with("m=") => "",
        None => sdp,
    }
}

/// The m-line sections of a description.
struct Sections<'a> {
    rest: Option<&'a str>,
}

impl<'a> Sections<'a> {
    fn new(sdp: &'a str) -> Self {
        let rest = if sdp.starts_with("m=") {
            Some(sdp)
        } else {
            sdp.find("\nm=").map(|at| &sdp[at + 1..])
        };
        Self { rest }
    }
}

impl<'a> Iterator for Sections<'a> {
    type Item = Section<'a>;

    fn next(&mut self) -> Option<Section<'a>> {
        let rest = self.rest.take()?;
        match rest.find("\nm=") {
            Some(at) => {
                self.rest = Some(&rest[at + 1..]);
                Some(Section {
                    text: &rest[..at + 1],
                })
            }
            None => Some(Section { text: rest }),
        }
    }
}

#[derive(Clone, Copy)]
struct Section<'a> {
    text: &'a str,
}

#[derive(Clone, Copy)]
struct Direction {
    sends: bool,
    receives: bool,
}

impl<'a> Section<'a> {
    fn kind(self) -> Option<Kind> {
        if self.text.starts_with("m=audio") {
            Some(Kind::Audio)
        } else if self.text.starts_with("m=video") {
            Some(Kind::Video)
        } else {
            None
        }
    }

    fn attribute(self, name: &str) -> Option<&'a str> {
        self.text.lines().find_map(|line| {
            Some(
                line.strip_prefix("a=")?
                    .strip_prefix(name)?
                    .strip_prefix(':')?
                    .trim(),
            )
        })
    }

    /// RFC 3264 §6: a port of zero.
    fn is_refused(self) -> bool {
        self.text.split_ascii_whitespace().nth(1) == Some("0")
    }

    /// RFC 8866 §6.7; nothing said means both ways.
    fn direction(self) -> Direction {
        for line in self.text.lines() {
            let (sends, receives) = match line.trim_end() {
                "a=sendrecv" => (true, true),
                "a=sendonly" => (true, false),
                "a=recvonly" => (false, true),
                "a=inactive" => (false, false),
                _ => continue,
            };
            return Direction { sends, receives };
        }
        Direction {
            sends: true,
            receives: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=recvonly\r\na=msid:x y\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=sendonly\r\na=msid:p q\r\na=ssrc:5 msid:p q\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 108 109 96 97\r\na=mid:2\r\na=rtpmap:108 H264/90000\r\n\
        a=rtpmap:96 VP8/90000\r\na=sendonly\r\na=msid:r s\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 108\r\na=mid:3\r\na=inactive\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:4\r\na=recvonly\r\n";

    #[test]
    fn preferred_payload_types_come_first_and_pairs_share_a_stream() {
        let finished = finish(ANSWER, &[96, 97]);
        assert!(finished.contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97 108 109\r\n"));
        assert!(
            finished.contains("a=rtpmap:96 VP8/90000\r\na=rtpmap:108 H264/90000\r\na=sendonly\r\n")
        );
        assert!(finished.contains("a=msid:slot-1 slot-1-sound\r\n"));
        assert!(finished.contains("a=ssrc:5 msid:slot-1 slot-1-sound\r\n"));
        assert!(finished.contains("a=msid:slot-1 slot-1-picture\r\n"));
        assert!(
            finished.contains("a=msid:x y\r\n"),
            "lines on which we receive keep theirs"
        );
    }

    #[test]
    fn without_a_preference_the_order_is_kept() {
        assert!(finish(ANSWER, &[]).contains("SAVPF 108 109 96 97\r\n"));
    }

    #[test]
    fn live_lines_are_listed_from_our_point_of_view() {
        let lines = lines(ANSWER);
        let flat: Vec<_> = lines
            .iter()
            .map(|l| (l.mid.to_string(), l.kind, l.sends, l.receives))
            .collect();
        assert_eq!(
            flat,
            [
                ("0".to_owned(), Kind::Audio, false, true),
                ("1".to_owned(), Kind::Audio, true, false),
                ("2".to_owned(), Kind::Video, true, false),
            ]
        );
        assert_eq!(
            size(ANSWER),
            Size {
                lines: 5,
                sending: 2
            }
        );
    }

    #[test]
    fn offers_lose_candidates_and_simulcast() {
        let offer = "v=0\na=candidate:1 1 udp 1 9f2c.local 5 typ host\na=mid:0\na=rid:h send\na=simulcast:send h;l\n";
        assert_eq!(trim_offer(offer), "v=0\r\na=mid:0\r\n");
    }

    proptest! {
        #[test]
        fn foreign_text_never_panics(text in "(m=|a=|audio|video|sendonly|mid:|msid:|ssrc:|[ -~]|\r|\n|é){0,120}") {
            let trimmed = trim_offer(&text);
            size(&trimmed);
            lines(&trimmed);
            finish(&trimmed, &[96]);
            fingerprint(&trimmed);
        }
    }
}
