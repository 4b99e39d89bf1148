"""A saved web page with a menu, an article and what else there is around one."""

ARTICLE = """<article><h1>Dockers walk out</h1>
<p>The dockers of the port walked out on <em>Monday morning</em>, saying that the <a
href="/deal">deal</a> offered by the company was not enough to live on, and that they would not
wait.</p>
<h2>What they want</h2>
<p>The union listed three demands at a press conference in the afternoon, and said the strike
would go on until all of them were met.</p>
<ul><li>Eight per cent more pay, from January on</li><li>No night shifts alone</li>
<li>A seat</li></ul>
<blockquote><p>We have been patient for two years, and nobody has talked to us, said the leader
of the union at the gate.</p></blockquote>
<table><tr><th>Year</th><th>Pay</th></tr><tr><td>2023</td><td>1,900</td></tr></table>
<p>The company did not answer questions about the strike.<sup>1</sup> It had said before
that it would not talk while work was stopped.</p></article>"""

PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>Dockers walk out – The Daily</title>
<meta name="author" content="Ana Pérez"><meta property="og:title" content="Dockers walk out">
<meta property="article:published_time" content="2024-02-03T10:00:00+01:00">
<link rel="canonical" href="https://example.org/news/dockers"></head>
<body><header><nav><ul><li><a href="/">Home</a></li><li><a href="/w">World</a></li><li><a
href="/b">Business</a></li></ul></nav></header>
<div class="cookie-banner">We use cookies to make this site better. <a href="/c">Accept</a></div>
<main>{ARTICLE}<aside class="related"><h3>Related</h3><ul><li><a href="/x">Ten best beaches</a></li>
<li><a href="/y">Football tonight</a></li></ul></aside></main>
<footer><p>© The Daily. All rights reserved. <a href="/imprint">Imprint</a></p></footer>
</body></html>"""

MAIN_TEXT = (
    "Dockers walk out\n\n"
    "The dockers of the port walked out on Monday morning, saying that the deal offered by the "
    "company was not enough to live on, and that they would not wait.\n\n"
    "What they want\n\n"
    "The union listed three demands at a press conference in the afternoon, and said the strike "
    "would go on until all of them were met.\n\n"
    "Eight per cent more pay, from January on\nNo night shifts alone\nA seat\n\n"
    "We have been patient for two years, and nobody has talked to us, said the leader of the union "
    "at the gate.\n\n"
    "Year\tPay\n2023\t1,900\n\n"
    "The company did not answer questions about the strike.1 It had said before that it would not "
    "talk while work was stopped."
)
