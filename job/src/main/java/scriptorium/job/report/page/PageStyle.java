package scriptorium.job.report.page;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import scriptorium.job.base.Sha256;

/**
 * The style sheet and the script of the page. The colours of series are those of Okabe and Ito
 * (2008), which the colour-blind can tell apart, darker or lighter where the background asks for
 * it; dashes and letters say the same. Neither text has a character that XML would escape.
 */
final class PageStyle {
  static final String CSS =
      """

      :root{color-scheme:light dark;--bg:#fff;--fg:#1b1b1b;--dim:#595959;--line:#d5d5d5;--card:#f6f6f4;
      --c0:#1b1b1b;--c1:#d55e00;--c2:#0072b2;--c3:#008a63;--c4:#b8559a;--c5:#b57a00;--c6:#2f9ad3;--c7:#7d7a00;
      --g1:#c9ecc9;--g2:#fbeeb0;--g3:#f9c9bd;--g4:#dfcdf7;--alarm:#9c2a00;--alarm-bg:#fff1e8}
      @media (prefers-color-scheme:dark){:root{--bg:#161718;--fg:#e9e9e7;--dim:#a9a9a6;--line:#43464a;
      --card:#202224;
      --c0:#f2f2f2;--c1:#ff8a3c;--c2:#5aa9e6;--c3:#2fc79a;--c4:#e391c9;--c5:#f0b030;--c6:#9ad6f7;--c7:#d8d254;
      --g1:#1f4a26;--g2:#544b10;--g3:#6a2c20;--g4:#4a3373;--alarm:#ffb38a;--alarm-bg:#3a2114}}
      *{box-sizing:border-box}
      body{margin:0 auto;padding:16px;max-width:1180px;background:var(--bg);color:var(--fg);
      font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
      h1{font-size:1.6em;line-height:1.25;margin:.2em 0}h2{font-size:1.25em;margin:1.6em 0 .5em;
      padding-top:.4em;border-top:1px solid var(--line)}
      h3{font-size:1em;margin:.2em 0 .4em}h1,h3,td,dd,li,p{overflow-wrap:anywhere}
      p{margin:.4em 0}.dim,figcaption p,.none{color:var(--dim);font-size:.9em}
      a{color:inherit}nav a{margin-right:1em;white-space:nowrap}
      .warn{border-left:4px solid var(--alarm);background:var(--alarm-bg);padding:.4em .8em}
      .scroll{overflow-x:auto;max-width:100%;margin:.5em 0}
      table{border-collapse:collapse;font-size:.9em;font-variant-numeric:tabular-nums}
      th,td{padding:.3em .6em;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;
      white-space:nowrap}
      th:first-child,td:first-child,.words td,.words th{text-align:left}
      #figures th{white-space:normal;min-width:6em}#figures th:first-child{font-weight:400;white-space:nowrap}
      .words td{white-space:normal;min-width:9em}.words th{font-weight:600;padding-right:1.5em}
      code{font:.92em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;
      overflow-wrap:anywhere}
      .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px}
      figure{margin:0;padding:12px;background:var(--card);border-radius:6px;min-width:0}
      figure svg{display:block;width:100%;height:auto}
      figure text{font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:var(--fg)}
      figure text.middle{text-anchor:middle}figure text.end{text-anchor:end}
      figure text.axis-title{fill:var(--dim)}
      figure text.letter{font-size:9.5px;text-anchor:middle;font-weight:600}
      .grid{stroke:var(--line);fill:none}.axis{stroke:var(--fg);fill:none}.guide{stroke:var(--dim);
      stroke-dasharray:2 4;fill:none}
      .s0,.s1,.s2,.s3,.s4,.s5,.s6,.s7{fill:none;stroke-width:1.8}
      .s0{stroke:var(--c0)}.s1{stroke:var(--c1);stroke-dasharray:7 3}.s2{stroke:var(--c2);
      stroke-dasharray:2.5 2.5}
      .s3{stroke:var(--c3);stroke-dasharray:10 3 2 3}.s4{stroke:var(--c4);stroke-dasharray:14 4}
      .s5{stroke:var(--c5);stroke-dasharray:5 2 1 2 1 2}.s6{stroke:var(--c6);stroke-dasharray:16 2 3 2}
      .s7{stroke:var(--c7);stroke-dasharray:4 5}
      .w{stroke-width:4.5;stroke-opacity:.5}
      .f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}
      .f5{fill:var(--c5)}
      .f6{fill:var(--c6)}.f7{fill:var(--c7)}
      .legend{list-style:none;margin:.4em 0;padding:0;display:flex;flex-wrap:wrap;gap:.2em 1.2em;font-size:.9em}
      figure svg.key{display:inline-block;width:30px;height:10px;vertical-align:middle;margin-right:.35em}
      details.series{margin:.6em 0;border:1px solid var(--line);border-radius:6px;padding:0 12px}
      details.series summary{cursor:pointer;padding:.6em 0;font-weight:600}
      article{margin:0 0 14px;padding:10px 12px;background:var(--card);border-radius:6px;
      border-left:5px solid var(--line)}
      article.synthetic{border-left-color:var(--alarm)}
      .head{display:flex;flex-wrap:wrap;gap:.2em .9em;font-size:.85em;color:var(--dim)}
      .badge{font-weight:700;color:var(--fg)}.synthetic .badge{color:var(--alarm)}
      select{max-width:100%}
      .text{white-space:pre-wrap;overflow:auto;max-height:90em;overflow-wrap:anywhere;unicode-bidi:isolate;
      margin:.4em 0 0;line-height:1.75}
      .text.given{color:var(--dim);font-style:italic}
      .tok b,.tokens b{font-weight:400;border-radius:2px;text-decoration-thickness:1.5px;
      text-underline-offset:3px}
      b.a{background:var(--g1)}b.b{background:var(--g2);text-decoration:underline dotted}
      b.c{background:var(--g3);text-decoration:underline dashed}b.d{background:var(--g4);
      text-decoration:underline double}
      b.e{border:1px solid var(--line);padding:0 .2em}
      .u{font:600 .7em ui-monospace,Consolas,monospace;border:1px solid var(--alarm);color:var(--alarm);
      border-radius:3px;padding:0 2px;margin:0 1px}
      .cut{color:var(--dim);font-size:.85em}
      #tip{position:fixed;left:0;right:0;bottom:0;margin:0;padding:.7em 16px;background:var(--fg);
      color:var(--bg);font-size:.95em}
      [hidden]{display:none}
      @media (max-width:600px){body{padding:10px;font-size:14px}figure{padding:8px}figure text{font-size:14px}
      figure text.letter{font-size:11px}th,td{padding:.3em .5em}
      #figures th:first-child{white-space:normal;min-width:8em}}
      @media print{.text{max-height:none}details.series{break-inside:avoid}#pick,nav{display:none}}
      """;

  static final String SCRIPT =
      """

      (function () {
        var tip = document.getElementById('tip');
        document.addEventListener('click', function (event) {
          var token = event.target.closest('.tok b');
          tip.hidden = !token;
          if (token) { tip.textContent = JSON.stringify(token.textContent) + ': ' + token.title; }
        });
        var pick = document.getElementById('pick');
        if (pick) {
          pick.hidden = false;
          pick.querySelector('select').addEventListener('change', function () {
            var wanted = this.value;
            document.querySelectorAll('details.series').forEach(function (series) {
              var all = wanted === 'all';
              series.hidden = all ? false : series.id !== wanted;
              if (!all) { series.open = true; }
            });
          });
        }
      })();
      """;

  /** The policy that lets this style sheet and this script in, and nothing else at all. */
  static final String POLICY =
      "default-src 'none'; style-src '"
          + hash(CSS)
          + "'; script-src '"
          + hash(SCRIPT)
          + "'; base-uri 'none'; form-action 'none'";

  private PageStyle() {}

  private static String hash(String content) {
    byte[] digest = Sha256.digest().digest(content.getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(digest);
  }
}
