import { style as shared } from '../home-style.ts'

/** The look of the pages under `/profiles`, over that of the page at `/`. */
export const style = `${shared}
header{padding-bottom:1.6rem}
code{overflow-wrap:anywhere}
h1{max-width:none;font-size:clamp(1.7rem,4vw,2.4rem)}
.elements td:nth-child(2),.list td:nth-child(2){width:auto}
.elements tbody th{width:auto;font-weight:600}
.elements tbody th code{display:inline;color:var(--ink);font-weight:600}
.elements .plain,.elements .plain th code{color:var(--soft);font-weight:400}
.elements td p{margin:0 0 .25rem}
.elements{table-layout:fixed}
.elements thead th:nth-child(1){width:27%}
.elements thead th:nth-child(2){width:9%}
.elements thead th:nth-child(3){width:31%}
.elements .depth-1 th{padding-left:1.2rem}
.elements .depth-2 th{padding-left:2.4rem}
.elements .depth-3 th{padding-left:3.6rem}
.slice{color:var(--accent);font-weight:600}
.must{border:1px solid var(--accent);border-radius:.3rem;padding:0 .3rem;color:var(--accent);font-size:.8rem;font-weight:600}
.good,.bad{border:1px solid currentcolor;border-radius:.3rem;padding:0 .35rem;font-size:.85rem}
.good{color:var(--accent)}
.bad{color:var(--ink)}
details{margin:0 0 .8rem;padding:.6rem .9rem;background:var(--paper);border:1px solid var(--line);border-radius:.4rem}
summary{cursor:pointer}
details pre{margin:.7rem 0 0;max-height:32rem;overflow:auto;background:var(--ground)}
tbody th code{overflow-wrap:anywhere}
nav{padding-top:1.2rem}
@media (max-width:44rem){
.elements .depth-1,.elements .depth-2,.elements .depth-3{border-left:3px solid var(--line);padding-left:.8rem}
.elements .depth-2{margin-left:.6rem}
.elements .depth-3{margin-left:1.2rem}
.elements tr th{padding-left:0!important}
.elements tbody th code{margin-left:0}
}
`
