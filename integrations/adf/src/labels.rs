//! What forms and mails call the fields of a lead.

use platform_kernel::text::folded;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    First,
    Last,
    Full,
    Email,
    Phone,
    Vehicle,
    Year,
    Make,
    Model,
    Trim,
    Vin,
    Stock,
    Comments,
    Source,
    SenderName,
    SenderEmail,
    ReplyName,
    ReplyEmail,
    Subject,
}

/// What forms and mails call a field, folded, in English, Spanish, French and German.
const LABELS: &[(Field, &[&str])] = &[
    (
        Field::First,
        &[
            "first name",
            "firstname",
            "fname",
            "given name",
            "givenname",
            "nombre",
            "prenom",
            "vorname",
            "primer nombre",
            "first",
        ],
    ),
    (
        Field::Last,
        &[
            "last name",
            "lastname",
            "lname",
            "surname",
            "family name",
            "familyname",
            "apellido",
            "apellidos",
            "nom de famille",
            "nachname",
            "last",
        ],
    ),
    (
        Field::Full,
        &[
            "name",
            "full name",
            "fullname",
            "customer",
            "customer name",
            "customername",
            "contact name",
            "your name",
            "buyer",
            "buyer name",
            "nombre completo",
            "nom",
            "nom complet",
            "kunde",
            "lead name",
            "client",
        ],
    ),
    (
        Field::Email,
        &[
            "email",
            "e mail",
            "email address",
            "emailaddress",
            "customer email",
            "your email",
            "correo",
            "correo electronico",
            "courriel",
            "emails",
            "adresse courriel",
            "e mail adresse",
            "contact email",
        ],
    ),
    (
        Field::Phone,
        &[
            "phone",
            "phone number",
            "phonenumber",
            "phone no",
            "telephone",
            "telephone number",
            "tel",
            "cell",
            "cell phone",
            "cellphone",
            "mobile",
            "mobile phone",
            "mobile number",
            "home phone",
            "work phone",
            "day phone",
            "evening phone",
            "customer phone",
            "your phone",
            "telefono",
            "celular",
            "movil",
            "telefon",
            "telefonnummer",
            "handy",
            "telephone mobile",
            "contact phone",
            "contact number",
            "phones",
            "phones number",
        ],
    ),
    (
        Field::Vehicle,
        &[
            "vehicle",
            "vehicle of interest",
            "vehicle of choice",
            "vehicle interest",
            "interested in",
            "car",
            "listing",
            "unit",
            "vehiculo",
            "vehiculo de interes",
            "vehicule",
            "fahrzeug",
            "auto",
            "inquiry about",
        ],
    ),
    (
        Field::Year,
        &[
            "year",
            "vehicle year",
            "model year",
            "ano",
            "annee",
            "baujahr",
        ],
    ),
    (
        Field::Make,
        &[
            "make",
            "vehicle make",
            "marca",
            "marque",
            "marke",
            "hersteller",
        ],
    ),
    (
        Field::Model,
        &["model", "vehicle model", "modelo", "modele", "modell"],
    ),
    (Field::Trim, &["trim", "vehicle trim", "version"]),
    (Field::Vin, &["vin", "vehicle vin", "vin number", "vin no"]),
    (
        Field::Stock,
        &[
            "stock",
            "stock number",
            "stock no",
            "stocknumber",
            "stock id",
            "stk",
            "vehicle stock",
        ],
    ),
    (
        Field::Comments,
        &[
            "comments",
            "comment",
            "customer comments",
            "message",
            "messages",
            "question",
            "questions",
            "notes",
            "note",
            "details",
            "inquiry",
            "body",
            "text",
            "mensaje",
            "comentarios",
            "comentario",
            "commentaires",
            "commentaire",
            "nachricht",
            "bemerkung",
            "bemerkungen",
            "kommentar",
        ],
    ),
    (
        Field::Source,
        &["source", "lead source", "leadsource", "provider", "site"],
    ),
    (Field::SenderName, &["sender name"]),
    (Field::SenderEmail, &["sender email"]),
    (Field::ReplyName, &["reply to name"]),
    (Field::ReplyEmail, &["reply to email"]),
    (Field::Subject, &["subject"]),
];

/// Whose a field is: words before its name that change nothing.
const OWNERS: &[&str] = &[
    "user",
    "customer",
    "your",
    "my",
    "contact",
    "lead",
    "client",
    "buyer",
    "shopper",
    "applicant",
    "person",
    "primary",
    "data",
    "payload",
    "body",
    "fields",
    "answers",
    "vehicle",
    "name",
    "phones",
];

/// The field that a label names, whatever stands around it: `*E-Mail*`, `Phone (cell)`,
/// `emailAddress`, `data customer email`.
pub(crate) fn field_of(label: &str) -> Option<Field> {
    let label = label.split('(').next().unwrap_or_default();
    let folded = folded(label);
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    (0..words.len().min(6)).find_map(|from| {
        let (before, name) = words.split_at(from);
        let of_customer = before.iter().all(|word| OWNERS.contains(word));
        let letters = name.concat();
        let is_name = |known: &&&str| {
            known
                .bytes()
                .filter(|byte| *byte != b' ')
                .eq(letters.bytes())
        };
        let known = LABELS
            .iter()
            .find(|(_, names)| names.iter().any(|known| is_name(&known)));
        known.filter(|_| of_customer).map(|(field, _)| *field)
    })
}

/// Whether a line is about somebody's or something's number other than the customer's.
pub(crate) fn is_about_others(line: &str) -> bool {
    const OTHERS: &[&str] = &[
        "fax",
        "id",
        "campaign",
        "form",
        "dealer",
        "dealership",
        "store",
        "vendor",
        "order",
        "account",
        "ref",
        "reference",
        "ticket",
        "zip",
        "vin",
        "stock",
        "mileage",
        "odometer",
        "price",
        "date",
        "unsubscribe",
        "toll",
        "sent",
        "telecopie",
    ];
    let folded = folded(line);
    let mut words = folded.split(|c: char| !c.is_alphanumeric());
    words.any(|word| OTHERS.contains(&word))
}
