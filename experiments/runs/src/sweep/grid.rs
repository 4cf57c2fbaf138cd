use std::collections::BTreeMap;
use std::path::Path;

use toml::Value;

use crate::settings::{Given, Layers, Resolved, Said, Settings, all_keys, is_table, read_toml, shown};
use crate::study::Study;
use crate::{Stop, echo};

/// The most runs that a sweep may have.
const MOST: usize = 100_000;

/// The points of a sweep.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    base: Vec<Said>,
    /// Key, place, and the values it takes.
    axes: Vec<(String, String, Vec<Value>)>,
}

impl Grid {
    /// From a sweep's file.
    ///
    /// # Errors
    /// Refused, with the line, if it is not one.
    pub(super) fn read<S: Settings>(path: &Path) -> Result<Self, Stop> {
        let keys = all_keys::<S>();
        let opens = |key: &str| match key.split_once('.') {
            None => key == "base" || key == "grid",
            Some(("base" | "grid", key)) => is_table(&keys, key),
            Some(_) => false,
        };
        let (mut base, mut axes) = (Vec::new(), Vec::new());
        for Said { place, key, value } in read_toml(path, "--sweep", opens)? {
            match key.split_once('.') {
                Some(("base", key)) => base.push(Said { place, key: key.into(), value }),
                Some(("grid", key)) => match value {
                    Given::Value(Value::Array(values)) if !values.is_empty() => {
                        axes.push((key.to_owned(), place, values))
                    }
                    _ => {
                        return Err(Stop::Refused(format!(
                            "{place}: `{}` is not a list of the values to try",
                            echo(key)
                        )));
                    }
                },
                _ => {
                    let near = models::nearest(&key, ["base", "grid"]);
                    let hint = near.map(|near| format!("; did you mean [{near}]?")).unwrap_or_default();
                    let key = echo(key);
                    return Err(Stop::Refused(format!("{place}: `{key}` is neither [base] nor [grid]{hint}")));
                }
            }
        }
        if axes.is_empty() {
            return Err(Stop::Refused(format!(
                "--sweep {}: it has no [grid] with a list of values",
                echo(path.display())
            )));
        }
        let count =
            axes.iter().try_fold(1usize, |n, (_, _, values)| n.checked_mul(values.len()).filter(|n| *n <= MOST));
        match count {
            Some(_) => Ok(Self { base, axes }),
            None => Err(Stop::Refused(format!("--sweep {}: the grid has more than {MOST} runs", echo(path.display())))),
        }
    }

    /// How many points there are.
    fn len(&self) -> usize {
        self.axes.iter().map(|(_, _, values)| values.len()).product()
    }

    /// The keys of the grid.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.axes.iter().map(|(key, _, _)| key.as_str())
    }

    /// The values of point `k`, in the order of the keys.
    pub(super) fn values(&self, k: usize) -> Vec<&Value> {
        let mut rest = k;
        let mut values: Vec<_> = self
            .axes
            .iter()
            .rev()
            .map(|(_, _, values)| {
                let value = &values[rest % values.len()];
                rest /= values.len();
                value
            })
            .collect();
        values.reverse();
        values
    }

    /// Point `k` as `key=value …`.
    pub(super) fn point(&self, k: usize) -> String {
        let pair = |(key, value): (&str, &Value)| format!("{key}={}", shown(value));
        self.keys().zip(self.values(k)).map(pair).collect::<Vec<_>>().join(" ")
    }

    /// Every run, its configuration resolved and checked.
    ///
    /// # Errors
    /// Refused, if one is, or two are the same.
    pub(super) fn runs<S: Study>(&self, study: &S, layers: &Layers) -> Result<Vec<Resolved<S::Settings>>, Stop> {
        let mut seen = BTreeMap::new();
        let mut runs = Vec::with_capacity(self.len());
        for k in 0..self.len() {
            let said = |((key, place, _), value): (&(String, String, _), &Value)| Said {
                place: place.clone(),
                key: key.clone(),
                value: Given::Value(value.clone()),
            };
            let point = self.axes.iter().zip(self.values(k)).map(said).collect();
            let layers = Layers { base: self.base.clone(), point, ..layers.clone() };
            let run = layers.resolve(study.name(), |scale| study.defaults(scale))?;
            if let Some(other) = seen.insert(run.id.clone(), k) {
                let (a, b) = (echo(self.point(other)), echo(self.point(k)));
                return Err(Stop::Refused(format!("--sweep: {a} and {b} are the same run; remove one")));
            }
            runs.push(run);
        }
        Ok(runs)
    }
}
