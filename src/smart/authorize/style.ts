/** Rules of the pages of authorization, after those of sign-in. */
export const ownStyle = `
.scopes{margin:0 0 1rem;padding:0;list-style:none}
.scopes li{padding:.55rem 0;border-top:1px solid var(--line)}
.scopes li:first-child{border-top:0}
.scopes label{display:flex;gap:.7rem;align-items:flex-start;font-weight:400}
.scopes input,.choices input{flex:none;width:1.25rem;min-height:1.25rem;height:1.25rem;margin:.15rem 0 0;accent-color:var(--accent)}
.scopes small{display:block}
.choices{margin:0 0 1rem;padding:0;border:0}
.choices legend{padding:0}
.choices label{display:flex;gap:.7rem;align-items:flex-start;margin:0;padding:.6rem 0;border-top:1px solid var(--line);font-weight:400}
.choices small{display:block}
.find{display:flex;gap:.7rem;align-items:flex-end;margin:1rem 0}
.find .field{flex:1;margin:0}
.actions{display:flex;flex-wrap:wrap;gap:.7rem}
.about{margin:0 0 .4rem}
.inline{display:inline}
.link{min-height:0;padding:0;background:none;border:0;color:var(--accent);font-weight:400;text-decoration:underline}
`
