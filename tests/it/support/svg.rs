//! A terminal as a picture: what programs wrote, with its colours, as SVG for light and dark pages.
//! No font is embedded; every run of text is given its width, so that columns stay in any font.

use std::fmt::Write as _;

/// A character's box, in pixels of a font of 13.
const WIDTH: f32 = 7.8;
const HEIGHT: u16 = 20;
const MARGIN: u16 = 16;

/// How a run of characters is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    #[default]
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Cyan,
}

/// A line as runs of one ink.
pub type Drawn = Vec<(Ink, String)>;

/// The colours of a page. They are those of the site that shows the README.
pub struct Page {
    pub name: &'static str,
    background: &'static str,
    border: &'static str,
    plain: &'static str,
    dim: &'static str,
    red: &'static str,
    green: &'static str,
    yellow: &'static str,
    cyan: &'static str,
}

pub const PAGES: [Page; 2] = [
    Page {
        name: "light",
        background: "#ffffff",
        border: "#d1d9e0",
        plain: "#1f2328",
        dim: "#59636e",
        red: "#cf222e",
        green: "#1a7f37",
        yellow: "#9a6700",
        cyan: "#1b7c83",
    },
    Page {
        name: "dark",
        background: "#0d1117",
        border: "#3d444d",
        plain: "#f0f6fc",
        dim: "#9198a1",
        red: "#f85149",
        green: "#3fb950",
        yellow: "#d29922",
        cyan: "#39c5cf",
    },
];

impl Page {
    fn color(&self, ink: Ink) -> &'static str {
        match ink {
            Ink::Plain | Ink::Bold => self.plain,
            Ink::Dim => self.dim,
            Ink::Red => self.red,
            Ink::Green => self.green,
            Ink::Yellow => self.yellow,
            Ink::Cyan => self.cyan,
        }
    }
}

/// What a program wrote, as lines. Only what a line-oriented program writes is understood.
#[track_caller]
pub fn read(written: &str) -> Vec<Drawn> {
    let mut lines: Vec<Drawn> = vec![Vec::new()];
    let mut inks: Vec<Ink> = Vec::new();
    let mut rest = written;
    while let Some(letter) = rest.chars().next() {
        if let Some(sequence) = rest.strip_prefix("\u{1b}[") {
            let end = sequence.find(|c: char| ('@'..='~').contains(&c)).expect("a whole sequence");
            if sequence[..=end].ends_with('m') {
                sequence[..end].split(';').for_each(|code| select(&mut inks, code));
            } else {
                assert!(matches!(&sequence[..=end], "?25h" | "?25l"), "{sequence:?} is not drawn");
            }
            rest = &sequence[end + 1..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            '\n' => lines.push(Vec::new()),
            '\r' => assert!(rest.is_empty() || rest.starts_with(['\r', '\n']), "what is overwritten is not drawn"),
            _ => {
                let ink = inks.last().copied().unwrap_or_default();
                let line = lines.last_mut().expect("a line");
                match line.last_mut() {
                    Some((last, text)) if *last == ink => text.push(letter),
                    _ => line.push((ink, letter.to_string())),
                }
            }
        }
    }
    if lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

/// The innermost ink counts.
#[track_caller]
fn select(inks: &mut Vec<Ink>, code: &str) {
    match code {
        "" | "0" => inks.clear(),
        "1" => inks.push(Ink::Bold),
        "2" => inks.push(Ink::Dim),
        "31" => inks.push(Ink::Red),
        "32" => inks.push(Ink::Green),
        "33" => inks.push(Ink::Yellow),
        "36" => inks.push(Ink::Cyan),
        // No underline is drawn, and the usual colour and weight take the last ones back.
        "4" | "24" => {}
        "22" | "39" => drop(inks.pop()),
        other => panic!("the colour {other} is not drawn"),
    }
}

/// The lines as one text.
pub fn text_of(lines: &[Drawn]) -> String {
    lines.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect::<String>() + "\n").collect()
}

/// The same lines with another text of the same widths.
#[track_caller]
pub fn with_text(lines: &[Drawn], text: &str) -> Vec<Drawn> {
    assert_eq!(text.lines().count(), lines.len(), "{text}");
    let rewritten = lines.iter().zip(text.lines()).map(|(line, text)| {
        let mut letters = text.chars();
        let runs = line.iter().map(|(ink, old)| (*ink, letters.by_ref().take(old.chars().count()).collect()));
        let runs = runs.collect();
        assert!(letters.next().is_none(), "`{text}` is as wide as before");
        runs
    });
    rewritten.collect()
}

/// Draws lines of at most so many columns.
pub fn draw(lines: &[Drawn], columns: u16, title: &str, page: &Page) -> String {
    let (width, height) = (f32::from(columns) * WIDTH, u16::try_from(lines.len()).expect("few lines") * HEIGHT);
    let (width, height) = (width + f32::from(2 * MARGIN), height + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" viewBox=\"0 0 {width:.0} {height}\" \
         role=\"img\">\n<title>{}</title>\n<rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{}\" rx=\"6\" fill=\"{}\" stroke=\"{}\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"13\" \
         xml:space=\"preserve\">\n",
        escaped(title),
        width - 1.0,
        height - 1,
        page.background,
        page.border,
    );
    let mut bottom = MARGIN;
    for line in lines {
        bottom += HEIGHT;
        let mut column = 0_u16;
        for (ink, text) in line {
            let count = u16::try_from(text.chars().count()).expect("a short line");
            let shown = text.trim_end();
            if !shown.is_empty() {
                let length = f32::from(u16::try_from(shown.chars().count()).expect("a short line")) * WIDTH;
                let weight = if *ink == Ink::Bold { " font-weight=\"bold\"" } else { "" };
                writeln!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{weight}>{}</text>",
                    f32::from(MARGIN) + f32::from(column) * WIDTH,
                    bottom - HEIGHT / 4,
                    page.color(*ink),
                    escaped(shown),
                )
                .expect("a text");
            }
            column += count;
        }
        assert!(column <= columns, "{} is wider than {columns} columns", text_of(std::slice::from_ref(line)));
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[test]
fn what_is_written_is_drawn() {
    let lines = read("\u{1b}[32m✓\u{1b}[0m a <b> & \"c\"\r\n\u{1b}[1;2mx\u{1b}[22my\u{1b}[0m  z\n\nend");
    let plain = |text: &str| (Ink::Plain, text.to_owned());
    assert_eq!(lines[0], [(Ink::Green, "✓".to_owned()), plain(" a <b> & \"c\"")]);
    assert_eq!(lines[1], [(Ink::Dim, "x".to_owned()), (Ink::Bold, "y".to_owned()), plain("  z")]);
    assert_eq!((lines[2].len(), &lines[3]), (0, &vec![plain("end")]));
    let other = with_text(&lines, &text_of(&lines).replace("<b>", "123"));
    assert_eq!(text_of(&other), "✓ a 123 & \"c\"\nxy  z\n\nend\n");
    let svg = draw(&lines, 20, "a & b", &PAGES[0]);
    assert!(
        svg.contains("<title>a &amp; b</title>") && svg.contains("> a &lt;b&gt; &amp; &quot;c&quot;</text>"),
        "{svg}"
    );
    assert!(svg.contains("<text x=\"16.0\" y=\"31\" textLength=\"7.8\""), "{svg}");
    assert!(svg.contains("fill=\"#1a7f37\">✓</text>"), "{svg}");
}
