//! Tables for people: columns two spaces apart, every line begun with `▸`, as the seeds show them.

use tabled::builder::Builder;
use tabled::settings::object::{Columns, Rows, Segment};
use tabled::settings::{Padding, Style};

/// A table: a header and rows of as many cells.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The names of the columns.
    pub header: Vec<&'static str>,
    /// The cells.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Lays the table out, without the marks in front. Cells have been cleaned by the caller.
    pub fn lines(&self) -> Vec<String> {
        let mut builder = Builder::default();
        builder.push_record(self.header.iter().copied());
        for row in &self.rows {
            builder.push_record(row.iter().map(String::as_str));
        }
        let mut table = builder.build();
        table.with(Style::empty());
        table.modify(Segment::all(), Padding::new(0, 3, 0, 0));
        table.modify(Columns::last(), Padding::zero());
        table.modify(Rows::first(), Padding::new(0, 3, 0, 0));
        table.to_string().lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table =
            Table { header: vec!["Name", "Prefix"], rows: vec![row(["default", "jfn_rt_abc1.."]), row(["ci", "x"])] };
        assert_eq!(table.lines(), ["Name      Prefix", "default   jfn_rt_abc1..", "ci        x"]);
    }
}
