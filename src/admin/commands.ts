import type { Command } from './command.ts'
import { accounting } from './commands/accounting.ts'
import { clientAdd } from './commands/client-add.ts'
import { clientRevoke } from './commands/client-revoke.ts'
import { clockCommand } from './commands/clock.ts'
import { crosswalkAdd } from './commands/crosswalk-add.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exceptionAdd } from './commands/exception-add.ts'
import { exceptionEnd } from './commands/exception-end.ts'
import { exceptionList } from './commands/exception-list.ts'
import { exceptionReview } from './commands/exception-review.ts'
import { importCommand } from './commands/import.ts'
import { importNdjsonCommand } from './commands/import-ndjson.ts'
import { importTerminologyCommand } from './commands/import-terminology.ts'
import { keysRotate } from './commands/keys-rotate.ts'
import { launchCommand } from './commands/launch.ts'
import { migrateCommand } from './commands/migrate.ts'
import { partnerAdd } from './commands/partner-add.ts'
import { partnerOnboard } from './commands/partner-onboard.ts'
import { relabelCommand } from './commands/relabel.ts'
import { reportAdd } from './commands/report-add.ts'
import { reportList } from './commands/report-list.ts'
import { reportShow } from './commands/report-show.ts'
import { resetCommand } from './commands/reset.ts'
import { reviewList } from './commands/review-list.ts'
import { reviewAccept, reviewRefuse } from './commands/review-settle.ts'
import { reviewShow } from './commands/review-show.ts'
import { seedCommand } from './commands/seed.ts'
import { selfCheckCommand } from './commands/self-check.ts'
import { serveCommand } from './commands/serve.ts'
import { tableSet } from './commands/table-set.ts'
import { tokenCommand } from './commands/token.ts'
import { userAdd } from './commands/user-add.ts'
import { userEnroll } from './commands/user-enroll.ts'
import { userRemove } from './commands/user-remove.ts'

/** Every command of the CLI. */
export const commands: readonly Command[] = [
  serveCommand,
  migrateCommand,
  seedCommand,
  resetCommand,
  clockCommand,
  doctorCommand,
  tokenCommand,
  clientAdd,
  clientRevoke,
  userAdd,
  userEnroll,
  userRemove,
  partnerAdd,
  partnerOnboard,
  selfCheckCommand,
  crosswalkAdd,
  tableSet,
  exceptionAdd,
  exceptionList,
  exceptionReview,
  exceptionEnd,
  reportAdd,
  reportList,
  reportShow,
  reviewList,
  reviewShow,
  reviewAccept,
  reviewRefuse,
  importCommand,
  importNdjsonCommand,
  importTerminologyCommand,
  relabelCommand,
  accounting,
  launchCommand,
  keysRotate,
]

/** Commands that are part of the design and not there yet. */
export const announced: readonly string[] = ['preview', 'export', 'replay']
