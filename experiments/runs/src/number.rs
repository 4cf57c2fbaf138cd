//! Numbers in JSON, which has no NaN and no infinity: these are written as "NaN", "inf" and "-inf", and come back.

use serde::{Deserialize, Deserializer, Serializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Word(String),
}

impl Written {
    fn value<E: serde::de::Error>(self) -> Result<f64, E> {
        match self {
            Self::Number(x) => Ok(x),
            Self::Word(word) => word.parse().map_err(|_| E::custom(format!("`{word}` is no number"))),
        }
    }
}

/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(x: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if x.is_finite() { serializer.serialize_f64(*x) } else { serializer.collect_str(x) }
}

/// # Errors
/// If it is no number.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Written::deserialize(deserializer)?.value()
}

/// The same for a number that may be missing.
pub mod option {
    use super::{Deserialize, Deserializer, Serializer, Written};

    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(x: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        match x {
            Some(x) => super::serialize(x, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// # Errors
    /// If it is no number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Option::<Written>::deserialize(deserializer)?.map(Written::value).transpose()
    }
}

#[cfg(test)]
mod tests {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Row(#[serde(with = "super")] f64, #[serde(with = "super::option")] Option<f64>);

    #[test]
    fn every_number_comes_back_bit_by_bit() {
        for x in [0.1, -0.0, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let text = serde_json::to_string(&Row(x, Some(x))).expect("written");
            let Row(one, other) = serde_json::from_str(&text).expect("read");
            assert_eq!((one.to_bits(), other.map(f64::to_bits)), (x.to_bits(), Some(x.to_bits())), "{text}");
        }
        assert!(serde_json::from_str::<Row>("[\"x\", null]").is_err());
    }
}
