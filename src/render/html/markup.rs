//! HTML, written so that text stays text.

use crate::render::Inert;
use crate::view::Tone;

/// A piece of a page.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Markup of our own.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, of whatever origin, in an element or in a quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in Inert(text).to_string().chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// `<tag>text</tag>`; `tag` may carry attributes.
    pub(super) fn element(&mut self, tag: &str, text: &str) -> &mut Self {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.raw("<").raw(tag).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// A number for geometry.
    pub(super) fn number(&mut self, value: f64) -> &mut Self {
        let text = format!("{value:.1}");
        self.raw(text.trim_end_matches('0').trim_end_matches('.'))
    }

    /// A function's name that may break behind its segments.
    pub(super) fn path(&mut self, name: &str) -> &mut Self {
        for (at, part) in name.split("::").enumerate() {
            if at > 0 {
                self.raw("::<wbr>");
            }
            self.text(part);
        }
        self
    }

    /// Data that nothing in it can end or begin: every `<` is escaped.
    pub(super) fn json(&mut self, id: &str, data: &serde_json::Value) -> &mut Self {
        let text = data.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028");
        let text = text.replace('\u{2029}', "\\u2029");
        self.raw("<script type=\"application/json\" id=\"").raw(id).raw("\">");
        self.raw(&text).raw("</script>\n")
    }
}

/// A tone as a class.
pub(super) fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Warn => "warn",
        Tone::Neutral => "plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text() {
        let mut markup = Markup::default();
        markup.element("td class=\"x\"", "<b> & \"c\" 'd'\u{202e}\0");
        assert_eq!(
            markup.as_str(),
            "<td class=\"x\">&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;\\u{202e}\\u{0}</td>"
        );
    }

    #[test]
    fn data_cannot_end_its_element() {
        let mut markup = Markup::default();
        markup.json("x", &serde_json::json!(["</script><!--", "\u{2028}"]));
        let text = markup.as_str();
        assert_eq!(text.matches('<').count(), 2);
        assert!(text.contains("\\u003c/script>\\u003c!--") && text.contains("\\u2028"));
    }

    #[test]
    fn numbers_are_short() {
        let mut markup = Markup::default();
        markup.number(12.0).raw(" ").number(0.25).raw(" ").number(100.04);
        assert_eq!(markup.as_str(), "12 0.2 100");
    }
}
