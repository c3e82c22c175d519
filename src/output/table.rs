//! Tables for people: columns three spaces apart, as the docs show them.
//!
//! On a terminal a table fits: what may be shortened is, then the columns of least use go. Where a
//! narrow terminal would lose too much of a row, each row gets two lines. No id, prefix or URL is
//! ever cut, for half of one is of no use.
//!
//! A sentence loses its end, as titles do in other programs (gh). A name loses its middle: names of
//! runs and previews begin alike and end in the number that tells them apart (`ci-2026-11-27-4711`).

use std::borrow::Cow;

use tabled::grid::dimension::Dimension;
use tabled::settings::{Padding, Style};
use tabled::tables::CompactTable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::sanitise::clean;

/// Between two columns.
const GAP: usize = 3;
/// What stands before a row: the mark and a blank.
const MARK: usize = 2;
/// How far the second line of a row is indented, behind the mark's place.
const INDENT: usize = 2;
/// Below this width a row that does not fit gets two lines.
const NARROW: usize = 60;
/// So much of a name tells it from others.
const LEAST: usize = 16;

/// A column, and what becomes of it where there is too little room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    title: &'static str,
    /// The smaller, the longer it stays.
    rank: u8,
    cut: Cut,
}

/// What may be left out of the texts of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Nothing: a part of them is of no use.
    Nothing,
    Middle,
    End,
}

impl Column {
    /// A column that is shown whole or not at all. The one of the highest rank goes first; one of
    /// rank 0 always stays, and on a narrow terminal it is on the first of the two lines.
    pub(crate) const fn whole(title: &'static str, rank: u8) -> Self {
        Self { title, rank, cut: Cut::Nothing }
    }

    /// A column of texts that may lose their end.
    pub(crate) const fn text(title: &'static str, rank: u8) -> Self {
        Self { title, rank, cut: Cut::End }
    }

    /// A column of names, which may lose their middle.
    pub(crate) const fn name(title: &'static str, rank: u8) -> Self {
        Self { title, rank, cut: Cut::Middle }
    }

    fn is_shortened(&self) -> bool {
        self.cut != Cut::Nothing
    }
}

/// A header and rows of as many cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) header: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Where a table is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// The columns of the terminal; nothing where nothing is cut.
    pub(crate) width: Option<usize>,
    /// What stands for the rest of a shortened text.
    pub(crate) ellipsis: &'static str,
}

impl Room {
    /// Nothing is cut.
    #[cfg(test)]
    pub(crate) const ENDLESS: Self = Self { width: None, ellipsis: "…" };
}

/// A line of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawn<'a> {
    Header(&'a str),
    /// The first line of a row.
    Row(&'a str),
    /// The second line of the header, or of a row: it begins below the mark.
    HeaderContinued(&'a str),
    RowContinued(&'a str),
}

/// Some columns of a table, and how wide each is drawn.
type Columns = Vec<(usize, usize)>;

/// Cleaned texts, row by row.
type Cells<'a> = Vec<Vec<Cow<'a, str>>>;

/// The widths of columns with the gaps behind them, which are known before they are drawn.
struct Widths<'a>(&'a Columns);

impl Dimension for Widths<'_> {
    fn get_width(&self, column: usize) -> usize {
        self.0[column].1 + GAP
    }

    fn get_height(&self, _: usize) -> usize {
        1
    }
}

impl Table {
    /// Shows the lines one by one, without the marks before them. Cells are cleaned here.
    pub(crate) fn draw(&self, room: Room, mut show: impl FnMut(Drawn<'_>)) {
        let titles = self.header.iter().map(|column| column.title.into()).collect();
        let cells: Cells<'_> = std::iter::once(titles).chain(self.cells()).collect();
        let widths = self.widths(&cells);
        let (first, second) = self.layout(&widths, room.width);
        let (first, second) = (self.in_columns(&cells, &first, room), self.in_columns(&cells, &second, room));
        let mut below = lines(&second);
        for (number, text) in lines(&first).enumerate() {
            show(if number == 0 { Drawn::Header(text) } else { Drawn::Row(text) });
            if let Some(text) = below.next() {
                let text = &format!("{}{text}", " ".repeat(INDENT));
                show(if number == 0 { Drawn::HeaderContinued(text) } else { Drawn::RowContinued(text) });
            }
        }
    }

    /// The rows on a line each, for a menu.
    pub(crate) fn choices(&self, room: Room) -> Vec<String> {
        let cells: Cells<'_> = self.cells().collect();
        let widths = self.widths(&cells);
        let room_of_row = room.width.map_or(usize::MAX, |width| width.saturating_sub(MARK));
        let columns = self.most_useful((0..self.header.len()).collect(), &widths, room_of_row);
        lines(&self.in_columns(&cells, &columns, room)).map(str::to_owned).collect()
    }

    /// The rows, cleaned.
    fn cells(&self) -> impl Iterator<Item = Vec<Cow<'_, str>>> {
        self.rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect())
    }

    fn widths(&self, cells: &Cells<'_>) -> Vec<usize> {
        let widest = |column: usize| cells.iter().map(|row| width_of(&row[column])).max().unwrap_or(0);
        (0..self.header.len()).map(widest).collect()
    }

    /// The columns of the first and of the second line of a row.
    fn layout(&self, widths: &[usize], width: Option<usize>) -> (Columns, Columns) {
        let all: Vec<usize> = (0..self.header.len()).collect();
        let Some(width) = width else { return (all.into_iter().map(|at| (at, widths[at])).collect(), Vec::new()) };
        let room = width.saturating_sub(MARK);
        if let Some(fitting) = self.fit(&all, widths, room) {
            return (fitting, Vec::new());
        }
        let (first, second): (Vec<usize>, Vec<usize>) = all.iter().partition(|at| self.header[**at].rank == 0);
        if width < NARROW && !second.is_empty() {
            return (self.most_useful(first, widths, room), self.most_useful(second, widths, room - INDENT.min(room)));
        }
        (self.most_useful(all, widths, room), Vec::new())
    }

    /// The columns that fit, the most useful first. If none does, the most useful one is shortened as
    /// far as it takes if it may be, else it stays whole.
    fn most_useful(&self, columns: Vec<usize>, widths: &[usize], room: usize) -> Columns {
        let mut by_use = columns;
        by_use.sort_by_key(|at| self.header[*at].rank);
        let mut shown: Vec<usize> = Vec::new();
        for at in &by_use {
            let place = shown.partition_point(|earlier| earlier < at);
            shown.insert(place, *at);
            if self.fit(&shown, widths, room).is_none() {
                shown.remove(place);
            }
        }
        if shown.is_empty() {
            let width = |at: usize| if self.header[at].is_shortened() { widths[at].min(room) } else { widths[at] };
            return by_use.first().map(|at| (*at, width(*at))).into_iter().collect();
        }
        self.fit(&shown, widths, room).unwrap_or_default()
    }

    /// The rows in columns, one line each. Nothing if there are no columns.
    fn in_columns(&self, rows: &Cells<'_>, columns: &Columns, room: Room) -> String {
        if columns.is_empty() {
            return String::new();
        }
        let shown = rows.iter().map(|row| {
            columns.iter().map(|(at, width)| shortened(&row[*at], *width, room.ellipsis, self.header[*at].cut))
        });
        let table = CompactTable::with_dimension(shown, Widths(columns)).columns(columns.len());
        table.with(Style::empty()).with(Padding::new(0, GAP, 0, 0)).to_string()
    }

    /// Shortens what may be shortened, the longest first, so that the columns fit.
    fn fit(&self, columns: &[usize], widths: &[usize], room: usize) -> Option<Columns> {
        let mut fitting: Columns = columns.iter().map(|at| (*at, widths[*at])).collect();
        let total = |columns: &Columns| {
            columns.iter().map(|(_, width)| width).sum::<usize>() + GAP * columns.len().saturating_sub(1)
        };
        while total(&fitting) > room {
            let longest = fitting
                .iter_mut()
                .filter(|(at, width)| self.header[*at].is_shortened() && *width > LEAST)
                .max_by_key(|(_, width)| *width)?;
            longest.1 -= 1;
        }
        Some(fitting)
    }
}

/// The lines of rows, with nothing behind the last column.
fn lines(rows: &str) -> impl Iterator<Item = &str> {
    rows.lines().map(|line| line.trim_end_matches(' '))
}

/// How many columns of a terminal a cleaned text takes: it holds nothing that is not seen, so each
/// character of ASCII takes one.
fn width_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// A text that is no wider than that; wide characters count as two.
fn shortened<'a>(text: &'a str, width: usize, ellipsis: &str, cut: Cut) -> Cow<'a, str> {
    if width_of(text) <= width {
        return text.into();
    }
    let room = width.saturating_sub(ellipsis.width());
    let of_end = if cut == Cut::Middle { room / 2 } else { 0 };
    let starts = || text.char_indices().map(|(start, _)| start);
    let begin = starts().take_while(|at| text[..*at].width() <= room - of_end).last().unwrap_or(0);
    // A mark on the character before it belongs to that one.
    let is_mark = |at: &usize| text[*at..].chars().next().is_some_and(|c| c.width() == Some(0));
    // From the end, so that no more than what fits is looked at: a name may be long.
    let fitting = text.char_indices().rev().map(|(start, _)| start).take_while(|at| text[*at..].width() <= of_end);
    let end = fitting.filter(|at| !is_mark(at)).last().unwrap_or(text.len());
    format!("{}{ellipsis}{}", &text[..begin], &text[end..]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 4]]) -> Table {
        let header = vec![
            Column::text("Name", 0),
            Column::whole("Prefix", 1),
            Column::whole("Status", 0),
            Column::whole("ID", 2),
        ];
        Table { header, rows: rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect() }
    }

    fn at(table: &Table, width: usize) -> Vec<String> {
        let mut drawn = Vec::new();
        table.draw(Room { width: Some(width), ellipsis: "…" }, |line| match line {
            Drawn::Header(text) | Drawn::Row(text) | Drawn::HeaderContinued(text) | Drawn::RowContinued(text) => {
                drawn.push(text.to_owned());
            }
        });
        drawn
    }

    #[test]
    fn columns_line_up() {
        let table = table(&[["default", "jfn_rt_abc1..", "active", "tok_1"], ["ci", "x", "", ""]]);
        let expected =
            ["Name      Prefix          Status   ID", "default   jfn_rt_abc1..   active   tok_1", "ci        x"];
        assert_eq!(at(&table, 200), expected);
        let mut endless = [Drawn::Header(expected[0]), Drawn::Row(expected[1]), Drawn::Row(expected[2])].into_iter();
        table.draw(Room::ENDLESS, |line| assert_eq!(Some(line), endless.next()));
        assert_eq!(endless.next(), None);
    }

    #[test]
    fn names_are_shortened_before_columns_go() {
        let table = table(&[["a-name-of-thirty-characters-xxx", "jfn_rt_abc1..", "active", "tok_1"]]);
        assert_eq!(at(&table, 62)[1], "a-name-of-thirty-character…   jfn_rt_abc1..   active   tok_1");
        assert_eq!(at(&table, 60)[1], "a-name-of-thirty-charact…   jfn_rt_abc1..   active   tok_1");
        assert_eq!(
            at(&table, 40),
            [
                "Name                            Status",
                "  Prefix          ID",
                "a-name-of-thirty-characters-…   active",
                "  jfn_rt_abc1..   tok_1"
            ]
        );
    }

    #[test]
    fn whatever_the_width_nothing_is_wider_and_nothing_is_broken() {
        let table = table(&[["a-name-of-thirty-characters-xxx", "jfn_rt_abc1..", "active", "tok_0123456789abcdef"]]);
        for width in 30..120 {
            for line in at(&table, width) {
                assert!(line.width() + MARK <= width, "{width}: {line}");
                let whole = ["active", "jfn_rt_abc1..", "tok_0123456789abcdef", "Status", "Prefix", "ID", "Name"];
                for word in line.split_whitespace() {
                    assert!(whole.contains(&word) || word.starts_with("a-name-of-"), "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn wide_characters_count_as_two() {
        for (text, width, expected) in [
            ("你好世界", 8, "你好世界"),
            ("你好世界", 7, "你好世…"),
            ("你好世界", 6, "你好…"),
            ("e\u{301}te\u{301}s", 3, "e\u{301}t…"),
            ("abc", 1, "…"),
        ] {
            assert_eq!(shortened(text, width, "…", Cut::End), expected, "{text} {width}");
        }
        assert_eq!(shortened("abcdef", 5, "...", Cut::End), "ab...");
    }

    #[test]
    fn a_name_loses_its_middle() {
        for (text, width, expected) in [
            ("ci-2026-4711", 12, "ci-2026-4711"),
            ("ci-2026-4711", 11, "ci-20…-4711"),
            ("ci-2026-4711", 10, "ci-20…4711"),
            ("你好世界", 7, "你…界"),
            ("你好世界", 6, "你…界"),
            ("abcde\u{301}", 4, "ab…e\u{301}"),
            ("abcde\u{301}", 3, "a…e\u{301}"),
            ("abc", 2, "a…"),
            ("abc", 1, "…"),
        ] {
            assert_eq!(shortened(text, width, "…", Cut::Middle), expected, "{text} {width}");
            assert!(expected.width() <= width);
        }
    }
}
