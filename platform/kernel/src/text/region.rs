use phonenumber::country::Id;

/// The country whose way of writing counts where a text does not say: phone numbers without a
/// country code, postal codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region(Id);

/// The countries of time zones outside North America, by the zone's name or its continent.
const ZONES: &[(&str, Id)] = &[
    ("Europe/London", Id::GB),
    ("Europe/Dublin", Id::IE),
    ("Europe/Paris", Id::FR),
    ("Europe/Berlin", Id::DE),
    ("Europe/Vienna", Id::AT),
    ("Europe/Zurich", Id::CH),
    ("Europe/Madrid", Id::ES),
    ("Europe/Lisbon", Id::PT),
    ("Europe/Rome", Id::IT),
    ("Europe/Amsterdam", Id::NL),
    ("Europe/Brussels", Id::BE),
    ("Europe/Luxembourg", Id::LU),
    ("Europe/Copenhagen", Id::DK),
    ("Europe/Stockholm", Id::SE),
    ("Europe/Oslo", Id::NO),
    ("Europe/Helsinki", Id::FI),
    ("Europe/Warsaw", Id::PL),
    ("Europe/Prague", Id::CZ),
    ("America/Mexico_City", Id::MX),
    ("America/Monterrey", Id::MX),
    ("America/Tijuana", Id::MX),
    ("America/Cancun", Id::MX),
    ("America/Chihuahua", Id::MX),
    ("America/Hermosillo", Id::MX),
    ("America/Merida", Id::MX),
    ("America/Sao_Paulo", Id::BR),
    ("America/Bogota", Id::CO),
    ("America/Toronto", Id::CA),
    ("America/Vancouver", Id::CA),
    ("America/Edmonton", Id::CA),
    ("America/Winnipeg", Id::CA),
    ("America/Halifax", Id::CA),
    ("America/Regina", Id::CA),
    ("America/St_Johns", Id::CA),
    ("America/Puerto_Rico", Id::PR),
    ("Australia/", Id::AU),
    ("Pacific/Auckland", Id::NZ),
];

impl Default for Region {
    fn default() -> Self {
        Self(Id::US)
    }
}

impl Region {
    /// The country of a dealership's time zone; the United States where the zone names none.
    pub fn of_time_zone(zone: &str) -> Self {
        let known = ZONES.iter().find(|(name, _)| zone.starts_with(name));
        known.map_or_else(Self::default, |(_, country)| Self(*country))
    }

    /// Whether `3/4` is the fourth of March.
    pub fn is_month_first(self) -> bool {
        matches!(self.0, Id::US | Id::CA | Id::PR)
    }

    pub(super) fn country(self) -> Id {
        self.0
    }

    /// Whether it is in the North American Numbering Plan.
    pub(super) fn is_nanp(self) -> bool {
        matches!(self.0, Id::US | Id::CA | Id::PR)
    }

    pub(super) fn is_us(self) -> bool {
        matches!(self.0, Id::US | Id::PR)
    }
}
