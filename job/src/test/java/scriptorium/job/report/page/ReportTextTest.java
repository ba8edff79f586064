package scriptorium.job.report.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import scriptorium.job.base.Texts;
import scriptorium.job.report.read.Figures;

/** Text of others' becomes neither markup nor anything that cannot be seen. */
class ReportTextTest {
  private static String content(String text) {
    StringBuilder out = new StringBuilder();
    HtmlText.append(out, text);
    return out.toString();
  }

  @Test
  void markupIsText() {
    assertEquals("&lt;/script&gt;&lt;b a=&quot;&#39;&amp;", content("</script><b a=\"'&"));
    assertEquals("&quot;&gt;&lt;img src=x&gt;", HtmlText.plain("\"><img src=x>"));
  }

  @Test
  void charactersThatCannotBeSeenAreLabels() {
    assertEquals("a<i class=\"u\">U+202E</i>b", content("a\u202Eb"));
    assertEquals("<i class=\"u\">U+0000</i>", content("\0"));
    assertEquals("<i class=\"u\">U+D800</i>x", content("\uD800x"));
    assertEquals("<i class=\"u\">U+DC00</i>", content("\uDC00"));
    assertEquals("<i class=\"u\">U+2028</i>", content("\u2028"));
    assertEquals("<i class=\"u\">U+FFFE</i>", content("\uFFFE"));
    assertEquals("<i class=\"u\">U+000D</i>\n\t", content("\r\n\t"));
    assertEquals("<i class=\"u\">U+E0041</i>", content(new String(Character.toChars(0xE0041))));
    assertEquals("\uD83D\uDE00 שלום é", content("\uD83D\uDE00 שלום é"));
    for (int c = 0x2066; c <= 0x2069; c++) {
      assertEquals("[U+%04X]".formatted(c), HtmlText.plain(Character.toString(c)));
    }
    assertEquals("a b", HtmlText.plain("a\nb"));
  }

  @Test
  void noPairIsCut() {
    assertEquals("a", Texts.head("a\uD83D\uDE00", 2));
    assertEquals("a\uD83D\uDE00", Texts.head("a\uD83D\uDE00", 3));
    assertEquals("", Texts.head("\uD83D\uDE00", 0));
  }

  @Test
  void elementsAreClosedInTheirOrder() {
    HtmlWriter html = new HtmlWriter();
    html.open("p", "class", "a\"b", "title", null).open("br").element("b", "<").close();
    assertEquals("<p class=\"a&quot;b\"><br/><b>&lt;</b></p>", html.toString());
    html.open("p");
    assertThrows(IllegalStateException.class, html::toString);
  }

  @Test
  void theStyleSheetAndTheScriptNeedNoEscapes() {
    for (String own : new String[] {PageStyle.CSS, PageStyle.SCRIPT}) {
      assertFalse(own.contains("<") || own.contains("&") || own.contains("\r"), own);
    }
  }

  @Test
  void figuresAreShort() {
    assertEquals("12,345", Figures.count(12345));
    assertEquals("\u22121.50", Figures.decimal(-1.5, 2));
    assertEquals("–", Figures.decimal(Double.NaN, 2));
    assertEquals("12.5 %", Figures.percent(0.125));
    assertEquals("1.5 KiB", Figures.bytes(1536));
    assertEquals("0.0123", Figures.probability(0.012345));
    assertEquals("1.2e-07", Figures.probability(1.2e-7));
    assertEquals("1", Figures.probability(1));
    assertEquals("0.3", Figures.tick(0.1 + 0.2));
    assertEquals("\u22122.5", Figures.tick(-2.5));
    assertEquals("10⁻⁵", Figures.tick(1e-5));
    assertEquals("1,000", Figures.tick(1000));
    assertEquals("0", Figures.tick(0));
  }
}
