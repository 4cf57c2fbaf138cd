//! A table with a header: numbers, and a column that says the class.
//!
//! ```text
//! sepal_length,sepal_width,species
//! 5.1,3.5,setosa
//! 7.0,3.2,versicolor
//! ```
//! CSV as in RFC 4180: commas, quotes around what has a comma in it. Blank lines are skipped. A class is any text.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::Path;

use super::lines::{lines, open};
use super::{Fault, LoadError};

const LAYOUT: &str = "a header, then numbers and a class on every line, separated by commas";

/// The rows, each with its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The names of the columns of numbers.
    pub columns: Vec<String>,
    /// The classes, in the order of their letters.
    pub classes: Vec<String>,
    /// Each row's numbers, and the index of its class.
    pub rows: Vec<(Vec<f64>, usize)>,
}

/// The table of a file; `class` names the column of the classes, "" for the last one.
///
/// # Errors
/// If it cannot be read, is no text, its lines have unequal numbers of columns, a cell is empty, no number or
/// beyond the numbers of a network, or all classes are the same.
pub fn read(path: &Path, class: &str) -> Result<Table, LoadError> {
    parse(&path.display().to_string(), open(path)?, class)
}

/// The table in `reader`, called `file` in messages.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &str, reader: impl BufRead, class: &str) -> Result<Table, LoadError> {
    // By lines first: that each is a text, and not too long, is checked there.
    let lines = lines(file, reader)?;
    let text = lines.iter().map(|line| if line.trim().is_empty() { "" } else { line }).collect::<Vec<_>>().join("\n");
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut records = reader.records().map(|record| {
        let record = record.map_err(|why| Fault::Unreadable(std::io::Error::other(why)).of(file))?;
        // Where the reader began to look: a record begins at the next line that is not blank.
        let from = record.position().map_or(1, |position| position.line() as usize);
        let line = (from..).find(|line| lines.get(line - 1).is_none_or(|line| !line.trim().is_empty())).unwrap_or(from);
        Ok::<_, LoadError>((line, record))
    });
    let (first_line, header) = records.next().unwrap_or_else(|| Err(Fault::Empty(LAYOUT).of(file)))?;
    if header.len() < 2 {
        return Err(Fault::Columns(header.len(), LAYOUT).at(file, first_line));
    }
    if header.iter().all(|cell| cell.parse::<f64>().is_ok()) {
        return Err(Fault::NoHeader.at(file, first_line));
    }
    let names: Vec<String> = header.iter().map(String::from).collect();
    if let Some((_, name)) = names.iter().enumerate().find(|(k, name)| names[..*k].contains(name)) {
        return Err(Fault::SameName(name.clone()).at(file, first_line));
    }
    let of_class = match class {
        "" => names.len() - 1,
        class => names
            .iter()
            .position(|name| name == class)
            .ok_or_else(|| Fault::NoColumn(class.into(), names.clone()).at(file, first_line))?,
    };
    let mut rows = Vec::new();
    for record in records {
        let (line, record) = record?;
        if record.len() != names.len() {
            let (found, first) = (record.len(), names.len());
            return Err(Fault::Ragged { found, first, first_line }.at(file, line));
        }
        let mut numbers = Vec::new();
        for (k, (cell, name)) in record.iter().zip(&names).enumerate() {
            if cell.is_empty() {
                return Err(Fault::EmptyCell(name.clone()).at(file, line));
            }
            if k != of_class {
                let fault = |fault: fn(String, String) -> Fault| fault(name.clone(), cell.into()).at(file, line);
                // The words NaN and inf are no numbers; 1e400 is one.
                let written = cell.contains(|c: char| c.is_ascii_digit());
                let number: Option<f64> = cell.parse().ok().filter(|_| written);
                let number = number.ok_or_else(|| fault(Fault::Number))?;
                if !(number as f32).is_finite() {
                    return Err(fault(Fault::Unbounded));
                }
                numbers.push(number);
            }
        }
        rows.push((numbers, record[of_class].to_owned()));
    }
    let classes: BTreeSet<String> = rows.iter().map(|(_, class)| class.clone()).collect();
    let classes: Vec<String> = classes.into_iter().collect();
    match &classes[..] {
        [] => return Err(Fault::HeaderOnly(LAYOUT).at(file, first_line)),
        [only] => return Err(Fault::OneClass(only.clone()).of(file)),
        _ => {}
    }
    let index = |class: &String| classes.binary_search(class).expect("of these rows");
    let rows = rows.iter().map(|(numbers, class)| (numbers.clone(), index(class))).collect();
    let columns = names.into_iter().enumerate().filter(|(k, _)| *k != of_class).map(|(_, name)| name).collect();
    Ok(Table { columns, classes, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_the_same_from_any_editor() {
        let text = "\u{feff}a ,\"b, c\",kind\r\n1,-2.5e-1,x\r\n\r\n 3 ,4,\"y, z\"\n";
        let table = parse("f.csv", text.as_bytes(), "").expect("fine");
        assert_eq!(table.columns, ["a", "b, c"]);
        assert_eq!(table.classes, ["x", "y, z"]);
        assert_eq!(table.rows, [(vec![1.0, -0.25], 0), (vec![3.0, 4.0], 1)]);
    }

    #[test]
    fn any_column_may_be_the_class() {
        let text = "a,kind,b\n1,2,3\n4,1,6\n";
        let table = parse("f.csv", text.as_bytes(), "kind").expect("fine");
        assert_eq!((table.columns, table.classes), (vec!["a".into(), "b".into()], vec!["1".into(), "2".into()]));
        assert_eq!(table.rows, [(vec![1.0, 3.0], 1), (vec![4.0, 6.0], 0)]);
        let refusal = parse("f.csv", text.as_bytes(), "kin").expect_err("refused").to_string();
        assert_eq!(refusal, "f.csv, line 1: no column is called `kin`; name one of a, kind, b");
    }
}
