import type { Administered } from './administered.ts'
import { fail } from './fault.ts'
import { readAccounting } from './operations/accounting.ts'
import { addClient } from './operations/client-add.ts'
import { revokeClient } from './operations/client-revoke.ts'
import { moveClock } from './operations/clock.ts'
import { addKnown } from './operations/crosswalk-add.ts'
import { addException } from './operations/exception-add.ts'
import { stopException } from './operations/exception-end.ts'
import { readExceptions } from './operations/exception-list.ts'
import { closeReview } from './operations/exception-review.ts'
import { importRecords } from './operations/import.ts'
import { importNdjson } from './operations/import-ndjson.ts'
import { importTerminology } from './operations/import-terminology.ts'
import { rotateSigningKeys } from './operations/keys-rotate.ts'
import { launchApp } from './operations/launch.ts'
import { addPartner } from './operations/partner-add.ts'
import { onboardPartner } from './operations/partner-onboard.ts'
import { relabelRecords } from './operations/relabel.ts'
import { addReport } from './operations/report-add.ts'
import { readReport, readReports } from './operations/report-list.ts'
import { reset } from './operations/reset.ts'
import { readItem, readQueue, settle } from './operations/review.ts'
import { seed } from './operations/seed.ts'
import { status } from './operations/status.ts'
import { setTable } from './operations/table-set.ts'
import { makeToken } from './operations/token.ts'
import { addUser } from './operations/user-add.ts'
import { enrollUser } from './operations/user-enroll.ts'
import { removeUser } from './operations/user-remove.ts'

/** Every operation, by the name of its command. */
export const operations = {
  accounting: readAccounting,
  'client add': addClient,
  'client revoke': revokeClient,
  clock: moveClock,
  'crosswalk add': addKnown,
  'exception add': addException,
  'exception end': stopException,
  'exception list': readExceptions,
  'exception review': closeReview,
  import: importRecords,
  'import ndjson': importNdjson,
  'import terminology': importTerminology,
  'keys rotate': rotateSigningKeys,
  launch: launchApp,
  'partner add': addPartner,
  'partner onboard': onboardPartner,
  relabel: relabelRecords,
  'report add': addReport,
  'report list': readReports,
  'report show': readReport,
  reset,
  'review list': readQueue,
  'review settle': settle,
  'review show': readItem,
  seed,
  status,
  'table set': setTable,
  token: makeToken,
  'user add': addUser,
  'user enroll': enrollUser,
  'user remove': removeUser,
} as const

export type OperationName = keyof typeof operations

export type AnswerOf<Name extends OperationName> = Awaited<ReturnType<(typeof operations)[Name]>>

/** Runs the operation of this name. */
export const carryOut = async (administered: Administered, name: string, given: unknown): Promise<unknown> =>
  isOperation(name) ? operations[name](administered, given) : fail(`the gateway has no command \`${name}\``)

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name)
