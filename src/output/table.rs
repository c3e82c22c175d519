//! Tables for people: columns three spaces apart, as the docs show them.

use tabled::builder::Builder;
use tabled::settings::object::Segment;
use tabled::settings::{Padding, Style};

use super::sanitise::clean;

/// A header and rows of as many cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) header: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// The lines, without the marks before them. Cells are cleaned here.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut builder = Builder::default();
        builder.push_record(self.header.iter().copied());
        self.rows.iter().for_each(|row| builder.push_record(row.iter().map(|cell| clean(cell))));
        let mut table = builder.build();
        table.with(Style::empty());
        table.modify(Segment::all(), Padding::new(0, 3, 0, 0));
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
