use crate::contact::split_name;
use platform_kernel::ports::IncomingContact;

fn split(full: &str) -> String {
    let mut contact = IncomingContact::default();
    split_name(full, &mut contact);
    let parts = [
        contact.first_name,
        contact.middle_name,
        contact.last_name,
        contact.suffix,
    ];
    parts.map(Option::unwrap_or_default).join("|")
}

#[test]
fn full_names_are_split_sensibly() {
    for (full, expected) in [
        ("Cher", "Cher|||"),
        ("Jane Doe", "Jane||Doe|"),
        ("Jane Q. Doe", "Jane|Q.|Doe|"),
        ("Doe, Jane", "Jane||Doe|"),
        ("Doe, Jane A.", "Jane|A.|Doe|"),
        ("de la Cruz, Juan", "Juan||de la Cruz|"),
        ("Juan de la Cruz", "Juan||de la Cruz|"),
        ("Dr. Ludwig van Beethoven Jr.", "Ludwig||van Beethoven|Jr."),
        ("Jane Doe, Jr.", "Jane||Doe|Jr."),
        ("Mr Smith", "Smith|||"),
        ("Van Morrison", "Van||Morrison|"),
        ("Maria del Carmen", "Maria||del Carmen|"),
        ("  Jane   Doe  ", "Jane||Doe|"),
        ("Tom & Ann O'Neil", "Tom||O'Neil|"),
        ("Ann-Marie St. Clair", "Ann-Marie||St. Clair|"),
        (",", "|||"),
        ("Mr.", "Mr.|||"),
        ("李 小龍", "李||小龍|"),
    ] {
        assert_eq!(split(full), expected, "{full:?}");
    }
}
