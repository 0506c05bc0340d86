/** The look of the pages of sign-in; colors come from the shared page. */
export const style = `
:root{--bad:#a3221b}
body{display:flex;flex-direction:column;min-height:100vh}
body>*{width:100%;max-width:34rem;margin:0 auto;padding:0 1.25rem}
body>main{flex:1 0 auto}
body>header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;padding-top:1.5rem;padding-bottom:.5rem}
.name{margin:0;color:var(--accent);font-weight:700;text-decoration:none}
h1{margin:1rem 0 .6rem;font-size:1.75rem;letter-spacing:-.01em}
h2{margin:0 0 .6rem;font-size:1.2rem}
p{margin:0 0 .9rem}
.lead,.hint,small{color:var(--soft)}
.hint,small{font-size:.9rem}
.card{margin:1.1rem 0;padding:1.25rem;background:var(--paper);border:1px solid var(--line);border-radius:.6rem}
.card>:last-child,form>:last-child{margin-bottom:0}
form{margin:0}
label{display:block;margin:0 0 .25rem;font-weight:600}
.field{margin:0 0 1rem}
.field .hint{margin:0 0 .3rem}
input{display:block;width:100%;min-height:2.75rem;padding:.5rem .7rem;background:var(--ground);color:var(--ink);border:1px solid var(--soft);border-radius:.4rem;font:inherit}
input[aria-invalid=true]{border:2px solid var(--bad)}
.code{max-width:14rem;letter-spacing:.12em;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
button,.button{display:inline-block;min-height:2.75rem;padding:.55rem 1.2rem;background:var(--accent);color:var(--ground);border:1px solid var(--accent);border-radius:.4rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
.wide{width:100%}
.plain{background:transparent;color:var(--accent)}
.small{min-height:2.25rem;padding:.3rem .8rem;font-size:.95rem}
.fault{padding:.7rem .9rem;color:var(--bad);border:1px solid var(--bad);border-radius:.4rem;font-weight:600}
.good{padding:.7rem .9rem;color:var(--accent);border:1px solid var(--accent);border-radius:.4rem;font-weight:600}
.or{display:flex;align-items:center;gap:.8rem;margin:1rem 0;color:var(--soft)}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
.stack>*{margin-bottom:.7rem}
.qr{display:block;width:12rem;height:12rem;margin:.4rem 0 .8rem;padding:.4rem;background:#fff;border-radius:.4rem}
.secret{overflow-wrap:anywhere;font-size:1rem}
.codes{columns:2;margin:0 0 1rem;padding:0;list-style:none;font-size:1.05rem}
.codes li{padding:.25rem 0;white-space:nowrap}
.rows{margin:0 0 1rem;padding:0;list-style:none}
.rows li{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:.6rem 0;border-top:1px solid var(--line)}
.rows li:first-child{border-top:0}
.rows small{display:block}
.rows button{flex:none;white-space:nowrap}
.given{white-space:nowrap;padding:.15rem .45rem;background:var(--tint);border-radius:.3rem}
.people{margin:0 0 .9rem;padding-left:1.2rem}
hr{margin:1.2rem 0;border:0;border-top:1px solid var(--line)}
footer{padding-top:1rem;padding-bottom:1.5rem;color:var(--soft)}
[hidden]{display:none!important}
@media (prefers-color-scheme:dark){:root{--bad:#ffaaa2}}
@media (max-width:26rem){.codes{columns:1}.rows li{flex-wrap:wrap}}
@media print{header a,footer,button,.button{display:none}}
`
