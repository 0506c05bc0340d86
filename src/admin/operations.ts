import { readAccounting } from './commands/accounting.ts'
import { addClient } from './commands/client-add.ts'
import { moveClock } from './commands/clock.ts'
import { addKnown } from './commands/crosswalk-add.ts'
import { importRecords } from './commands/import.ts'
import { addPartner } from './commands/partner-add.ts'
import { reset } from './commands/reset.ts'
import { seed } from './commands/seed.ts'
import { status } from './commands/status.ts'
import { setTable } from './commands/table-set.ts'
import { makeToken } from './commands/token.ts'
import { addUser } from './commands/user-add.ts'
import { type ServedOperation, served } from './operation.ts'

/** What the admin socket serves. */
export const operations: readonly ServedOperation[] = [
  served(addClient),
  served(addKnown),
  served(addPartner),
  served(addUser),
  served(importRecords),
  served(makeToken),
  served(moveClock),
  served(readAccounting),
  served(reset),
  served(seed),
  served(setTable),
  served(status),
]
