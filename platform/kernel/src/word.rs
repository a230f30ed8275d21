//! States that the database keeps as words. A word that this version does not know is an error and never
//! some other state: during a rolling deploy an older process meets words of a newer one.

/// A stored word that names no value of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{word}” is no {of}")]
pub struct UnknownWord {
    pub of: &'static str,
    pub word: String,
}

/// Declares an enum whose values are words in a text column, in JSON and in the API's document.
///
/// Loading a row with an unknown word fails, so whoever asks is refused and a job is tried again.
#[macro_export]
macro_rules! words {
    ($(
        $(#[$doc:meta])*
        $visibility:vis enum $name:ident {
            $( $(#[$value_doc:meta])* $value:ident = $word:tt ),+ $(,)?
        }
    )+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        $visibility enum $name {
            $( $(#[$value_doc])* #[serde(rename = $word)] $value ),+
        }

        impl $name {
            /// The stored word.
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$value => $word ),+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::word::UnknownWord;

            fn from_str(word: &str) -> std::result::Result<Self, Self::Err> {
                match word {
                    $( $word => Ok(Self::$value), )+
                    _ => Err($crate::word::UnknownWord {
                        of: stringify!($name),
                        word: word.to_owned(),
                    }),
                }
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                let word: &'static str = self.as_str();
                diesel::serialize::ToSql::<diesel::sql_types::Text, diesel::pg::Pg>::to_sql(
                    word,
                    &mut out.reborrow(),
                )
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                let word = std::str::from_utf8(value.as_bytes())?;
                Ok(word.parse()?)
            }
        }
    )+ };
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    crate::words! {
        /// A light.
        enum Light {
            Red = "red",
            DarkGreen = "dark_green",
        }
    }

    #[test]
    fn words_are_read_and_written_alike_and_unknown_ones_are_errors() {
        for light in [Light::Red, Light::DarkGreen] {
            assert_eq!(light.as_str().parse(), Ok(light));
            assert_eq!(serde_json::json!(light), light.as_str());
        }
        let schema = serde_json::to_value(Light::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["red", "dark_green"]));
        let unknown = "blue".parse::<Light>().unwrap_err();
        assert_eq!(unknown.to_string(), "“blue” is no Light");
        assert!(serde_json::from_value::<Light>("blue".into()).is_err());
    }
}
