//! Spellings of other senders, each with the value it stands for: what a reader learns, it learns
//! for the kind.

use super::*;

fn phone(text: &str) -> String {
    let read = PhoneNumber::read(text, Region::default());
    let placeholder = if read.is_placeholder() {
        "placeholder"
    } else {
        ""
    };
    read.value
        .map_or(placeholder.to_owned(), |phone| phone.to_string())
}

fn email(text: &str) -> String {
    let read = Email::read(text);
    let placeholder = if read.is_placeholder() {
        "placeholder"
    } else {
        ""
    };
    read.value
        .map_or(placeholder.to_owned(), |email| email.to_string())
}

fn name(text: &str) -> String {
    let read = PersonName::read(text);
    if read.is_placeholder() {
        return "placeholder".to_owned();
    }
    let name = read.value.unwrap_or_default();
    if name.is_company {
        return format!("company {}", name.full);
    }
    let parts = [name.first, name.middle, name.last, name.suffix];
    parts.map(Option::unwrap_or_default).join("|")
}

fn money(text: &str) -> String {
    Money::read(text)
        .value
        .map(|money| money.minor.to_string())
        .unwrap_or_default()
}

fn year(text: &str) -> String {
    read_year(text)
        .value
        .map(|year| year.to_string())
        .unwrap_or_default()
}

fn vin(text: &str) -> String {
    read_vin(text)
        .value
        .map(|vin| vin.to_string())
        .unwrap_or_default()
}

fn stock(text: &str) -> String {
    read_stock_number(text).unwrap_or_default()
}

fn odometer(text: &str) -> String {
    read_odometer(text, None).unwrap_or_default()
}

fn check(read: impl Fn(&str) -> String, rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(text, expected)| {
            let found = read(text);
            (found != *expected)
                .then(|| format!("{text:?}: expected {expected:?}, found {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn phones() {
    check(
        phone,
        &[
            ("+1 (512) 555-0199 x12", "+15125550199"),
            ("512.555.0123 x 12", "+15125550123"),
            ("512-555-0123 extension 12", "+15125550123"),
            ("(512) 555-0123 / (512) 555-0124", "+15125550123"),
            (
                "tel: 512 555 0123 (mobile) / 512 555 0199 (office)",
                "+15125550123",
            ),
            ("512-555-0123/4", "+15125550123"),
            ("512-555-0123 or 0124", "+15125550123"),
            ("after 5 512-555-0123", "+15125550123"),
            ("512-555-0123 after 5pm", "+15125550123"),
            ("+52 1 55 5123 4567", "+525551234567"),
            ("+49(0)30/901820", "+4930901820"),
            ("++1 512 555 0123", "+15125550123"),
            ("+ 1 512 555 0123", "+15125550123"),
            ("tel:+15125550123;ext=12", "+15125550123"),
            ("5 1 2 5 5 5 0 1 2 3", "+15125550123"),
            ("512 - 555 - 0123", "+15125550123"),
            ("512_555_0123", "+15125550123"),
            ("512,555,0123", "+15125550123"),
            ("512:555:0123", "+15125550123"),
            ("**512-555-0123**", "+15125550123"),
            ("512-555-0123*12", "+15125550123"),
            ("512-555-0123 12", "+15125550123"),
            ("512-555-0123,,12#", "+15125550123"),
            ("5125550123, 5125550123", "+15125550123"),
            ("N/A 512-555-0123", "+15125550123"),
            ("(512)555.0123 Text Only", "+15125550123"),
            ("\u{661}512-555-0123", "+15125550123"),
            ("555-555-5555", "placeholder"),
            ("555-5555", "placeholder"),
            ("512-000-0000", "placeholder"),
            ("1-000-000-0000", "placeholder"),
            ("(555) 555-1212", "placeholder"),
            ("555-1212", "placeholder"),
            ("1234567", "placeholder"),
            ("0", "placeholder"),
            ("000", "placeholder"),
            ("1", ""),
            ("999-999-9999 x0", "placeholder"),
            ("sin especificar", "placeholder"),
            ("none provided", "placeholder"),
            ("{{phone}}", "placeholder"),
            ("78701", ""),
            ("11/30/2026", ""),
            ("2026-11-30 09:00", ""),
            ("1HGCM82633A004352", ""),
        ],
    );
}

#[test]
fn mailboxes() {
    check(
        email,
        &[
            ("a.lee@buyer.example.", "a.lee@buyer.example"),
            ("a.lee@buyer.example..", "a.lee@buyer.example"),
            ("<mailto:a.lee@buyer.example>", "a.lee@buyer.example"),
            ("“a.lee@buyer.example”", "a.lee@buyer.example"),
            ("«a.lee@buyer.example»", "a.lee@buyer.example"),
            ("a.lee@buyer.example>", "a.lee@buyer.example"),
            ("\"Lee, Ann\" <a.lee@buyer.example>", "a.lee@buyer.example"),
            ("müller@münchen.example", "müller@xn--mnchen-3ya.example"),
            ("MÜLLER@MÜNCHEN.EXAMPLE", "müller@xn--mnchen-3ya.example"),
            ("a.lee+ads@buyer.example", "a.lee+ads@buyer.example"),
            ("o'neil@buyer.example", "o'neil@buyer.example"),
            ("a.lee@buyer.example?subject=hi", "a.lee@buyer.example"),
            (
                "mailto:a.lee@buyer.example,b@buyer.example",
                "a.lee@buyer.example",
            ),
            (
                "a.lee@buyer.example / b.lee@buyer.example",
                "a.lee@buyer.example",
            ),
            (
                "a.lee@buyer.example/b.lee@buyer.example",
                "a.lee@buyer.example",
            ),
            ("a.lee@buyer.example, home", "a.lee@buyer.example"),
            ("E-Mail:a.lee@buyer.example", "a.lee@buyer.example"),
            ("a.lee @buyer.example", "a.lee@buyer.example"),
            ("https://social.example/@ann.lee", ""),
            ("https://user@host.example/path", ""),
            ("a.lee@buyer,example", ""),
            ("a.lee@@buyer.example", ""),
            ("follow our news @buyer.example", ""),
            ("no@email.com", "placeholder"),
            ("noneprovided@gmail.com", "placeholder"),
            ("none.provided@dealer.example", "placeholder"),
            ("not.provided@dealer.example", "placeholder"),
            ("sin.especificar@correo.example", "placeholder"),
            ("keine.angabe@mail.example", "placeholder"),
            ("nobody@nowhere.com", "placeholder"),
            ("a@b.com", "placeholder"),
            ("123@123.com", "placeholder"),
            ("123@abc.com", "placeholder"),
            ("youremail@domain.com", "placeholder"),
            ("your@email.com", "placeholder"),
            ("name@domain.com", "placeholder"),
            ("noemail@", "placeholder"),
            ("test@test", "placeholder"),
            ("test@test.com", "placeholder"),
            ("test1@test.com", "placeholder"),
            ("sinemail@sinemail.com", "placeholder"),
            ("pasdemail@gmail.com", "placeholder"),
            ("no_reply@site.example", "placeholder"),
            ("{{email}}", "placeholder"),
            ("nada.surf@gmail.com", "nada.surf@gmail.com"),
            ("nan@family.example", "nan@family.example"),
            ("al@bo.example", "al@bo.example"),
            ("blank@blank.example", "blank@blank.example"),
            ("nowhereman@gmail.com", "nowhereman@gmail.com"),
            ("1234@qq.com", "1234@qq.com"),
        ],
    );
}

#[test]
fn names() {
    check(
        name,
        &[
            ("LEE, Ann M.", "Ann|M.|Lee|"),
            ("O'NEIL, SEAN P", "Sean|P|O'Neil|"),
            ("Dr. José O’Neil-García III", "José||O’Neil-García|III"),
            ("SMITH JR, JOHN", "John||Smith|Jr"),
            ("Jean DUPONT", "Jean||Dupont|"),
            ("Ann NG", "Ann||NG|"),
            ("Smith, John, Jr.", "John||Smith|Jr."),
            ("Smith, Dr. Jane", "Jane||Smith|"),
            ("Mr. and Mrs. Smith", "||Smith|"),
            ("Doe, Jane & John", "Jane||Doe|"),
            ("Ana María de los Ángeles", "Ana|María|de los Ángeles|"),
            ("Doe,Jane", "Jane||Doe|"),
            ("Ms.Jane Doe", "Jane||Doe|"),
            ("Jane Doe <jane@buyer.example>", "Jane||Doe|"),
            ("Jane Doe (512-555-0123)", "Jane||Doe|"),
            ("Jane Doe - 512-555-0123", "Jane||Doe|"),
            ("Jane 😀 Doe", "Jane||Doe|"),
            ("Jane - Doe", "Jane||Doe|"),
            ("Jane Doe 2nd", "Jane||Doe|2nd"),
            ("MÜLLER, JÜRGEN", "Jürgen||Müller|"),
            ("ÉLISE L'HÉRITIER", "Élise||L'Héritier|"),
            ("DE LA CRUZ, MARIA", "Maria||de la Cruz|"),
            ("Frau Dr. Anna Schmidt", "Anna||Schmidt|"),
            ("M. Jean Dupont", "M.|Jean|Dupont|"),
            ("Mme Marie Dupont", "Marie||Dupont|"),
            ("Acme Plumbing LLC", "company Acme Plumbing LLC"),
            ("ACME PLUMBING, INC.", "company ACME PLUMBING, INC."),
            ("Bäckerei Müller GmbH", "company Bäckerei Müller GmbH"),
            (
                "Transportes del Norte S.A. de C.V.",
                "company Transportes del Norte S.A. de C.V.",
            ),
            ("Garage Dupont SARL", "company Garage Dupont SARL"),
            ("Smith & Sons Ltd.", "company Smith & Sons Ltd."),
            ("Jane Inc", "company Jane Inc"),
            ("Al Corp", "company Al Corp"),
            ("Corp, Jane", "Jane||Corp|"),
            ("Jane Co", "Jane||Co|"),
            ("Ag Lee", "Ag||Lee|"),
            ("Not Provided Not Provided", "placeholder"),
            ("Unknown Not Specified", "placeholder"),
            ("Sin especificar Sin especificar", "placeholder"),
            ("(no name)", "placeholder"),
            ("<no name>", "placeholder"),
            ("-- none --", "placeholder"),
            ("{{first_name}} {{last_name}}", "placeholder"),
            ("${customer.name}", "placeholder"),
            ("%FIRSTNAME% %LASTNAME%", "placeholder"),
            ("[First Name] [Last Name]", "placeholder"),
            ("[object Object]", "placeholder"),
            ("Test Lead", "placeholder"),
            ("test", "placeholder"),
            ("Test User", "placeholder"),
            ("Private Number", "placeholder"),
            ("WIRELESS CALLER", "placeholder"),
            ("Toll Free Caller", "placeholder"),
            ("Kein Name", "placeholder"),
            ("Test Smith", "Test||Smith|"),
            ("Will Null", "Will||Null|"),
            ("Nada Ali", "Nada||Ali|"),
            ("Max Keiner", "Max||Keiner|"),
            ("Jane Blank", "Jane||Blank|"),
            ("Nan Smith", "Nan||Smith|"),
        ],
    );
}

#[test]
fn amounts() {
    check(
        money,
        &[
            ("35k", "3500000"),
            ("35 k", "3500000"),
            ("$35 K", "3500000"),
            ("20 grand", "2000000"),
            ("25 thousand", "2500000"),
            ("25 mil", "2500000"),
            ("34.999,50 €", "3499950"),
            ("USD 34999", "3499900"),
            ("USD$34,999", "3499900"),
            ("US $34,999.00", "3499900"),
            ("34 999,00 $ CA", "3499900"),
            ("34.999,- €", "3499900"),
            ("34999,-", "3499900"),
            ("34999.-", "3499900"),
            ("34’999.50", "3499950"),
            ("EUR34.999", "3499900"),
            ("34.999EUR", "3499900"),
            ("34.999 € VB", "3499900"),
            ("$34,999 negotiable", "3499900"),
            ("from $20,000 up to $25,000", "2000000"),
            ("20000~25000", "2000000"),
            ("20-25 k", "2000000"),
            ("between 20 and 25k", "2000000"),
            ("up to $25,000", "2500000"),
            ("$25,000 or less", "2500000"),
            ("34,999,50", ""),
            ("1,2345.00", ""),
            ("3.49.99", ""),
            ("$399/mo", ""),
            ("399 por mes", ""),
            ("Call for Price", ""),
            ("Contact dealer", ""),
            ("auf Anfrage", ""),
            ("precio a consultar", ""),
            ("-1", ""),
            ("$-500", ""),
            ("{{price}}", ""),
            ("1e6", ""),
            ("0x10", ""),
            ("34999 miles", ""),
        ],
    );
}

#[test]
fn numbers_of_vehicles() {
    check(
        year,
        &[
            ("'19", "2019"),
            ("’19", "2019"),
            ("MY19", "2019"),
            ("2019.", "2019"),
            ("2019.00", "2019"),
            ("2019+", "2019"),
            ("2019 or newer", "2019"),
            ("Year: 2019", "2019"),
            ("2019-2021", "2019"),
            ("2019/2020", "2019"),
            ("２０１９", "2019"),
            ("20019", ""),
            ("45,000", ""),
            ("19 or 20", ""),
            ("any", ""),
            ("{{year}}", ""),
        ],
    );
    check(
        vin,
        &[
            ("1hgcm82633a004352", "1HGCM82633A004352"),
            ("1HGCM82633AOO4352", "1HGCM82633A004352"),
            ("IHGCM82633A004352", "1HGCM82633A004352"),
            ("1HGCM82633A004352 (clean title)", "1HGCM82633A004352"),
            ("VIN 1HGCM82633A004352 / STK 12", "1HGCM82633A004352"),
            ("VIN No. 1HGCM82633A004352", "1HGCM82633A004352"),
            ("1HGCM 82633 A004352", "1HGCM82633A004352"),
            ("1HGCM82633AOO4353", ""),
            ("no vin", ""),
            ("3A004352", ""),
        ],
    );
    check(
        stock,
        &[
            ("#P1204A", "P1204A"),
            ("Stock# p1204a", "P1204A"),
            ("STOCK P1204A", "P1204A"),
            ("Stock Number: P1204A", "P1204A"),
            ("In Transit", ""),
            ("IN-TRANSIT", ""),
            ("Incoming", ""),
            ("Sold", ""),
            ("On Order", ""),
            ("not listed", ""),
            ("sin especificar", ""),
            ("{{stock}}", ""),
            ("DEMO1", "DEMO1"),
        ],
    );
    check(
        odometer,
        &[
            ("45,000 mi", "45000 mi"),
            ("45.000 km", "45000 km"),
            ("45 000 km", "45000 km"),
            ("45000 miles", "45000 mi"),
            ("45k miles", "45000 mi"),
            ("45K", "45000"),
            ("72 tkm", "72000 km"),
            ("72 Tkm", "72000 km"),
            ("45,000", "45000"),
            ("45000.0", "45000"),
            ("45.5k mi", "45500 mi"),
            ("62 mil millas", "62000 mi"),
            ("45000 kilometers", "45000 km"),
            ("unknown", ""),
            ("N/A", ""),
            ("about 45,000 miles", "45000 mi"),
            ("under 50k", "50000"),
            ("low", "low"),
        ],
    );
    check(
        |text| read_odometer(text, Some("km")).unwrap_or_default(),
        &[
            ("45,000", "45000 km"),
            ("45.000", "45000 km"),
            ("45 000", "45000 km"),
            ("45000.0", "45000 km"),
            ("45,000 miles", "45000 mi"),
            ("low, really", "low, really"),
        ],
    );
}

#[test]
fn fillers_in_many_spellings() {
    for text in [
        "none provided",
        "None Given",
        "No value given",
        "Not Avail",
        "not avail.",
        "Sin especificar",
        "SIN ESPECIFICAR",
        "no disponible",
        "S/N",
        "s/d",
        "N.D.",
        "n/s",
        "non spécifié",
        "pas précisé",
        "Néant",
        "—",
        "– –",
        "keine Angabe",
        "k. A.",
        "(empty)",
        "(blank)",
        "<null>",
        "\\N",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#DIV/0!",
        "[object Object]",
        "{{customer.name}}",
        "${name}",
        "%%NAME%%",
        "[[name]]",
        "<%= name %>",
        "n.v.t.",
        "- Select One -",
        "None selected",
        "N/A - N/A",
        "no email no phone",
        "not specified, not specified",
        "null, null",
        "n/a; none",
        "no info",
        "No Information",
        "information not available",
        "Data not available",
        "customer did not provide",
        "not provided by customer",
        "ohne",
        "no answer given",
    ] {
        assert_eq!(data(text, Use::Text), None, "{text:?}");
    }
    for text in [
        "Sn",
        "SD",
        "NS",
        "Nd",
        "No",
        "100%",
        "%",
        "50% off",
        "[sic]",
        "a {b}",
        "Select",
        "Ohne Dach",
        "No info on the tires?",
        "Is the price not available?",
        "Value",
        "Ref",
        "#1",
        "Name",
        "Object",
        "Not",
        "Provided",
        "given",
    ] {
        let found = data(text, Use::Text);
        assert!(found.is_some() || text == "%", "{text:?}");
    }
    for text in [
        "--Select--",
        "Select a Make",
        "Select Model",
        "Choose Model",
        "Any Make",
        "Not sure",
        "Don't know",
        "Undecided",
        "Unsure",
        "Other/Not Listed",
        "-- Any --",
        "All Models",
        "no trim",
        "cualquier modelo",
    ] {
        assert_eq!(data(text, Use::Word), None, "{text:?}");
    }
    for text in ["Any-Car", "Otherworld", "Select Edition", "Choice"] {
        assert!(data(text, Use::Word).is_some(), "{text:?}");
    }
}
