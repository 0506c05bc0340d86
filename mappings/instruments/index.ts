import ace from './ace.json' with { type: 'json' }
import auditC from './audit-c.json' with { type: 'json' }
import audit from './audit.json' with { type: 'json' }
import cSsrs from './c-ssrs.json' with { type: 'json' }
import crafft from './crafft.json' with { type: 'json' }
import dast10 from './dast-10.json' with { type: 'json' }
import epds from './epds.json' with { type: 'json' }
import gad7 from './gad-7.json' with { type: 'json' }
import mdq from './mdq.json' with { type: 'json' }
import pcl5 from './pcl-5.json' with { type: 'json' }
import phq2 from './phq-2.json' with { type: 'json' }
import phq9 from './phq-9.json' with { type: 'json' }
import phqA from './phq-a.json' with { type: 'json' }
import psc17 from './psc-17.json' with { type: 'json' }
import vanderbiltParent from './vanderbilt-parent.json' with { type: 'json' }

/** Scoring as data: each file names its source. `text: site` are those whose items a site brings, under a license it holds. */
export const scoringTables = [
  phq9, phq2, gad7, pcl5, phqA, auditC, audit, dast10, cSsrs, epds, crafft, psc17, ace, mdq, vanderbiltParent,
] as const // prettier-ignore
