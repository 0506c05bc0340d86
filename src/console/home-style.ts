/** The look of the page at `/`; colors come from the shared page, so light and dark hold here too. */
export const style = `
body>*{max-width:62rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3.5rem}
.name{margin:0;color:var(--accent);font-weight:700}
h1{max-width:24ch;margin:.3rem 0 .8rem;font-size:clamp(1.9rem,5vw,2.9rem);letter-spacing:-.02em}
.lead{max-width:42rem;margin:0;color:var(--soft);font-size:1.15rem}
.flow{display:block;width:100%;max-width:44rem;height:auto;margin:2.2rem auto 1rem}
.flow text{fill:var(--ink);font-size:19px;font-weight:600;text-anchor:middle}
.flow .aside{fill:var(--soft);font-size:16px;font-weight:400}
.flow rect{fill:var(--paper);stroke:var(--line);stroke-width:1.5}
.flow .gate rect{fill:var(--accent);stroke:none}
.flow .gate text{fill:var(--ground);font-size:25px}
.flow .store rect{fill:var(--tint);stroke:var(--accent)}
.flow .lines{fill:none;stroke:var(--soft);stroke-width:2}
.flow .lines path{marker-end:url(#tip)}
.flow marker path{fill:var(--soft)}
section{padding:1.8rem 0;border-top:1px solid var(--line)}
h2{margin:0 0 1rem;font-size:1.4rem}
dl div{display:grid;grid-template-columns:11rem 1fr;gap:.1rem 1.5rem;padding:.35rem 0}
dt{font-weight:600}
small{color:var(--soft);font-size:.9rem}
dd small{display:block}
ol{margin:0;padding-left:1.3rem}
li p{margin:0 0 .35rem;font-weight:600}
pre{margin:0 0 1.1rem;padding:.8rem 1rem;overflow-x:auto;background:var(--paper);border:1px solid var(--line);border-radius:.4rem}
table{width:100%;border-collapse:collapse;font-size:.95rem}
th,td{padding:.75rem 1rem .75rem 0;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{padding-top:0;border-top:0;color:var(--soft);font-size:.875rem}
tbody th{width:11rem}
tbody th code{display:block;color:var(--soft);font-weight:400}
td:nth-child(2){width:32%}
footer{padding-bottom:3rem;color:var(--soft)}
@media (max-width:44rem){
body>*{padding:0 1rem}
header{padding-top:2rem}
dl div{grid-template-columns:1fr}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,tbody th,td{display:block;width:auto}
td:nth-child(2){width:auto}
tr{padding:.9rem 0;border-top:1px solid var(--line)}
tbody th,td{padding:.15rem 0;border:0}
tbody th code{display:inline;margin-left:.4rem}
}
`
