use super::{PersonName, Read};

fn parts(name: PersonName) -> String {
    let parts = [name.first, name.middle, name.last, name.suffix];
    parts.map(Option::unwrap_or_default).join("|")
}

fn read(full: &str) -> String {
    PersonName::read(full).value.map(parts).unwrap_or_default()
}

#[test]
fn full_names_are_split_sensibly() {
    for (full, expected) in [
        ("Cher", "Cher|||"),
        ("Jane Doe", "Jane||Doe|"),
        ("Jane Q. Doe", "Jane|Q.|Doe|"),
        ("Doe, Jane", "Jane||Doe|"),
        ("Doe, Jane A.", "Jane|A.|Doe|"),
        ("Doe Jr., Jane", "Jane||Doe|Jr."),
        ("de la Cruz, Juan", "Juan||de la Cruz|"),
        ("Juan de la Cruz", "Juan||de la Cruz|"),
        ("Dr. Jane van der Berg Jr.", "Jane||van der Berg|Jr."),
        ("Jane Doe, Jr.", "Jane||Doe|Jr."),
        ("Jane Doe, MD, PhD", "Jane||Doe|MD PhD"),
        ("John Smith III", "John||Smith|III"),
        ("Mr. & Mrs. John Smith", "John||Smith|"),
        ("Mr Smith", "||Smith|"),
        ("Sra. Ana María López", "Ana|María|López|"),
        ("Van Morrison", "Van||Morrison|"),
        ("Maria del Carmen", "Maria||del Carmen|"),
        ("  Jane   Doe  ", "Jane||Doe|"),
        ("Tom & Ann O'Neil", "Tom||O'Neil|"),
        ("Tom and Ann O'Neil Jr.", "Tom||O'Neil|Jr."),
        ("Juan y Ana Pérez", "Juan||Pérez|"),
        ("John Smith & Mary Jones", "John||Smith|"),
        ("John/Mary Smith", "John||Smith|"),
        ("Ann-Marie St. Clair", "Ann-Marie||St. Clair|"),
        ("William \"Bill\" Smith", "William||Smith|"),
        ("Jane (Janie) Doe", "Jane||Doe|"),
        ("\"Jane Doe\"", "Jane||Doe|"),
        ("JANE DOE", "Jane||Doe|"),
        ("DOE, JANE", "Jane||Doe|"),
        ("JUAN DE LA CRUZ", "Juan||de la Cruz|"),
        ("JOHN MCDONALD-O'NEIL III", "John||McDonald-O'Neil|III"),
        ("JOSÉ GARCÍA", "José||García|"),
        ("AJ LI", "AJ||LI|"),
        ("MR. JOHN SMITH JR", "John||Smith|Jr"),
        ("Linh Do", "Linh||Do|"),
        ("李 小龍", "李||小龍|"),
        ("Jose\u{301} Diaz", "José||Diaz|"),
        ("Ann\u{200b} Lee", "Ann||Lee|"),
        ("D'Arcy Wu", "D'Arcy||Wu|"),
    ] {
        assert_eq!(read(full), expected, "{full:?}");
    }
    let name = PersonName::read("Dr. JANE DOE").value.unwrap();
    assert_eq!(
        (name.full.as_str(), name.title.as_deref()),
        ("Jane Doe", Some("Dr."))
    );
}

#[test]
fn nobody_is_no_name_and_people_with_odd_names_are_people() {
    for text in [
        "null null",
        "null",
        "NULL NULL",
        "N/A",
        "n/a n/a",
        "Unknown",
        "Unknown Unknown",
        "undefined undefined",
        "Not Specified",
        "none none",
        "Unknown Caller",
        "Anonymous",
        "Wireless Caller",
        "No Name",
        "sin nombre",
        "xxx xxx",
        "First Last",
    ] {
        assert!(PersonName::read(text).is_placeholder(), "{text}");
    }
    for text in ["5125550123", "ann@example.com", "https://x.example"] {
        assert_eq!(PersonName::read(text), Read::fault("is no name"), "{text}");
    }
    assert_eq!(PersonName::read(" "), Read::nothing());
    for (full, expected) in [
        ("Ann Null", "Ann||Null|"),
        ("ANN NULL", "Ann||Null|"),
        ("Ann null", "Ann|||"),
        ("null Smith", "||Smith|"),
        ("Na Li", "Na||Li|"),
        ("Li Na", "Li||Na|"),
        ("Min-jun No", "Min-jun||No|"),
        ("Ann N/A", "Ann|||"),
        ("Ann undefined", "Ann|||"),
        ("Ann None", "Ann|||"),
        ("Ann Customer", "Ann||Customer|"),
        ("Ann .", "Ann|||"),
        ("Guest Smith", "Guest||Smith|"),
    ] {
        assert_eq!(read(full), expected, "{full:?}");
    }
}

#[test]
fn a_name_in_parts_loses_fillers_titles_and_repetition() {
    for (first, last, full, expected) in [
        (Some("Ann"), Some("Lee"), None, "Ann||Lee|"),
        (Some("null"), Some("null"), None, ""),
        (Some("null"), Some("null"), Some("Ann Lee"), "Ann||Lee|"),
        (Some("Ann"), Some("N/A"), None, "Ann|||"),
        (Some("Ann"), Some("Null"), None, "Ann||Null|"),
        (Some("Ann Lee"), None, None, "Ann||Lee|"),
        (Some("Ann Lee"), Some("Ann Lee"), None, "Ann||Lee|"),
        (Some("Dr. Ann"), Some("Lee Jr."), None, "Ann||Lee|Jr."),
        (Some("ANN"), Some("DE LA CRUZ"), None, "Ann||de la Cruz|"),
        (Some("Ann"), Some("-"), None, "Ann|||"),
        (None, Some("Lee"), None, "||Lee|"),
        (Some(""), Some(" "), Some("Lee, Ann"), "Ann||Lee|"),
        (None, None, None, ""),
    ] {
        let read = PersonName::of_parts(first, None, last, None, full);
        assert_eq!(
            read.value.map(parts).unwrap_or_default(),
            expected,
            "{first:?} {last:?}"
        );
    }
}
