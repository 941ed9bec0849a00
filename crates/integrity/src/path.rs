//! Names of files in a session's folder and in an export.

/// Whether `path` matches `[A-Za-z0-9_][A-Za-z0-9._-]*(/…)*`: relative, no hidden name, no way out. Nothing else is
/// ever opened.
pub fn is_safe(path: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let name =
        |n: &str| n.bytes().all(rest) && n.bytes().next().is_some_and(|b| b != b'.' && b != b'-');
    path.len() <= 1024 && path.split('/').all(name)
}

/// The name in `<folder>/<track>/<name>`, if `path` lies right in that folder.
pub fn in_track_folder<'p>(path: &'p str, folder: &str, track: &str) -> Option<&'p str> {
    let name = path
        .strip_prefix(folder)?
        .strip_prefix('/')?
        .strip_prefix(track)?
        .strip_prefix('/')?;
    (is_safe(path) && !name.contains('/')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_stay_inside_are_safe() {
        for good in ["log.jsonl", "media/v1/000.mp4", "_x", "a/b/c-d.e_f", "0"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            ".hidden",
            "a/.b",
            "-rf",
            "a b",
            "a\\b",
            "C:",
            "王",
            "a\0",
            &"a".repeat(1025),
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }

    #[test]
    fn a_tracks_files_lie_right_in_its_folder() {
        assert_eq!(
            in_track_folder("media/v1/000.mp4", "media", "v1"),
            Some("000.mp4")
        );
        for bad in [
            "media/v2/000.mp4",
            "media/v1/a/000.mp4",
            "media/v1",
            "media/v1/",
            "backfill/v1/0",
            "media/v1/../x",
        ] {
            assert_eq!(in_track_folder(bad, "media", "v1"), None, "{bad}");
        }
    }
}
