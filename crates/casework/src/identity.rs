//! Numbers of identity documents and vehicle plates.

use jiff::civil::Date;

/// The birth date inside a resident ID number, if the number is sound: 17 digits and a check character by ISO 7064
/// MOD 11-2 (GB 11643-1999), with a date that exists.
pub fn resident_id_birth_date(number: &str) -> Option<Date> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    let bytes = number.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = bytes
        .iter()
        .zip(WEIGHTS)
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    if bytes[17] != CHECK[(sum % 11) as usize] {
        return None;
    }
    let part = |from: usize, to: usize| number[from..to].parse::<i16>().ok();
    Date::new(
        part(6, 10)?,
        part(10, 12)?.try_into().ok()?,
        part(12, 14)?.try_into().ok()?,
    )
    .ok()
}

/// Completed years between birth and a day.
pub fn age_on(birth: Date, day: Date) -> i16 {
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    day.year() - birth.year() - i16::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_sound_number_gives_its_birth_date() {
        // The sample number printed in GB 11643-1999 itself.
        assert_eq!(
            resident_id_birth_date("11010519491231002X"),
            Some(date(1949, 12, 31))
        );
        for bad in [
            "110105194912310021",
            "11010519491231002x",
            "11010519490231002X",
            "1101051949123100",
            "",
            "１１010519491231002X",
        ] {
            assert_eq!(resident_id_birth_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let good = "11010519491231002X";
        for i in 0..17 {
            for d in '0'..='9' {
                let mut wrong: Vec<char> = good.chars().collect();
                if wrong[i] != d {
                    wrong[i] = d;
                    let wrong: String = wrong.into_iter().collect();
                    assert_eq!(resident_id_birth_date(&wrong), None, "{wrong}");
                }
            }
        }
    }

    #[test]
    fn age_counts_completed_years() {
        assert_eq!(age_on(date(2012, 11, 25), date(2026, 11, 24)), 13);
        assert_eq!(age_on(date(2012, 11, 24), date(2026, 11, 24)), 14);
        assert_eq!(age_on(date(2012, 2, 29), date(2026, 2, 28)), 13);
        assert_eq!(age_on(date(2012, 2, 29), date(2026, 3, 1)), 14);
    }
}
