//! A cron pattern in words, where there are short ones.

const DAYS: [(&str, &str); 7] = [
    ("SUN", "Sunday"),
    ("MON", "Monday"),
    ("TUE", "Tuesday"),
    ("WED", "Wednesday"),
    ("THU", "Thursday"),
    ("FRI", "Friday"),
    ("SAT", "Saturday"),
];

/// For example `Every weekday at 09:00`; `None` for patterns that are clearer as they are.
pub(super) fn describe(cron: &str) -> Option<String> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        return None;
    };
    if *month != "*" {
        return None;
    }
    let every_day = *day == "*" && *weekday == "*";
    match (*minute, *hour) {
        ("*", "*") if every_day => return Some("Every minute".to_owned()),
        ("0", "*") if every_day => return Some("Every hour".to_owned()),
        (minutes, "*") if every_day => {
            let minutes: u8 = minutes.strip_prefix("*/")?.parse().ok()?;
            return (60 % minutes.max(1) == 0).then(|| format!("Every {minutes} minutes"));
        }
        ("0", hours) if every_day && hours.starts_with("*/") => {
            let hours: u8 = hours.strip_prefix("*/")?.parse().ok()?;
            return (24 % hours.max(1) == 0).then(|| format!("Every {hours} hours"));
        }
        _ => {}
    }
    let (minute, hour): (u8, u8) = (minute.parse().ok()?, hour.parse().ok()?);
    let days = match (*day, *weekday) {
        ("*", "*") => "Every day".to_owned(),
        ("*", "MON-FRI" | "1-5") => "Every weekday".to_owned(),
        ("*", days) => format!("Every {}", weekdays(days)?),
        ("L", "*") => "On the last day of the month".to_owned(),
        (day, "*") => format!("On day {} of the month", day.parse::<u8>().ok()?),
        _ => return None,
    };
    Some(format!("{days} at {hour:02}:{minute:02}"))
}

fn weekdays(list: &str) -> Option<String> {
    let names = list.split(',').map(weekday).collect::<Option<Vec<_>>>()?;
    match names.as_slice() {
        [.., _, last] => {
            let others = names.get(..names.len() - 1)?.join(", ");
            Some(format!("{others} and {last}"))
        }
        _ => names.first().map(ToString::to_string),
    }
}

fn weekday(word: &str) -> Option<&'static str> {
    let by_number = word.parse::<usize>().ok().and_then(|n| DAYS.get(n % 7));
    let by_name = DAYS
        .iter()
        .find(|(short, _)| short.eq_ignore_ascii_case(word));
    by_number.or(by_name).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_patterns_have_words_and_others_none() {
        for (cron, words) in [
            ("* * * * *", "Every minute"),
            ("*/15 * * * *", "Every 15 minutes"),
            ("0 */6 * * *", "Every 6 hours"),
            ("0 9 * * MON-FRI", "Every weekday at 09:00"),
            (
                "30 17 * * mon,3,FRI",
                "Every Monday, Wednesday and Friday at 17:30",
            ),
            ("0 8 * * 7", "Every Sunday at 08:00"),
            ("0 6 1 * *", "On day 1 of the month at 06:00"),
            ("0 6 L * *", "On the last day of the month at 06:00"),
        ] {
            assert_eq!(describe(cron).as_deref(), Some(words), "{cron}");
        }
        for cron in [
            "0 9 * 1 *",
            "*/7 * * * *",
            "1,2 3 * * *",
            "0 9 13 * FRI",
            "0 9",
        ] {
            assert_eq!(describe(cron), None, "{cron}");
        }
    }
}
