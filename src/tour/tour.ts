import { parseArgs } from 'node:util'
import { readSettings, SettingsFault } from '../settings.ts'
import { openBook, type Step } from './book.ts'
import { findGateway, type Gateway, TourFault } from './gateway.ts'
import { type Guide, makeGuide } from './guide.ts'
import { account } from './steps/accounting.ts'
import { answerQuestionnaire } from './steps/app.ts'
import { readAtClinic } from './steps/clinic.ts'
import { discover } from './steps/discovery.ts'
import { refer } from './steps/referral.ts'
import { revoke } from './steps/revocation.ts'
import { askAsSchool } from './steps/school.ts'
import { compareRecipients } from './steps/recipients.ts'
import { getToken } from './steps/token.ts'

const usage = 'npm run tour [-- --base <url>] [--json]'

/** Exit code where the tour could not begin; 1 says that a promise was broken. */
const cannotBegin = 2

/** `npm run tour`: plays the story against a running gateway, and holds every answer against what is promised. */
const main = async (typed: readonly string[]): Promise<number> => {
  let gateway: Gateway | undefined
  try {
    const { base, json } = wordsOf(typed)
    const print = json ? () => undefined : (line: string) => console.log(line)
    const started = performance.now()
    gateway = await findGateway(readSettings(process.env).dataDir, base, print)
    const book = openBook(print, !json && process.stdout.isTTY)
    const tag = Date.now().toString(36).toUpperCase()
    const guide = makeGuide(book, gateway, tag, await gateway.now())
    for (const line of greeting(gateway)) print(line)
    await play(guide)
    return close(book.steps, (performance.now() - started) / 1000, json)
  } catch (fault) {
    console.error(textOf(fault))
    return cannotBegin
  } finally {
    await gateway?.close()
  }
}

const wordsOf = (typed: readonly string[]): { base: string | undefined; json: boolean } => {
  try {
    const { values } = parseArgs({
      args: [...typed],
      options: { base: { type: 'string' }, json: { type: 'boolean', default: false } },
    })
    if (values.base !== undefined && !/^https?:\/\//.test(values.base))
      throw new TourFault('`--base` takes an address such as `http://localhost:8080`')
    return { base: values.base, json: values.json }
  } catch (fault) {
    if (fault instanceof TourFault) throw fault
    throw new TourFault(`the tour is started by \`${usage}\``)
  }
}

const textOf = (fault: unknown): string => {
  if (fault instanceof SettingsFault) return fault.faults.join('\n')
  return fault instanceof Error ? fault.message : String(fault)
}

const greeting = ({ base, mllp, database }: Gateway): string[] => [
  'Sluice, the tour: a referral, a record and its readers, a school, an app, a consent that ends.',
  `   gateway   ${base}, ${database}, HL7 v2 at mllp://${mllp.host}:${mllp.port}`,
  '   repeat    TOKEN=$(npm run --silent gateway -- token --client <client>)',
  `             curl -H "Authorization: Bearer $TOKEN" "${base}<path>"`,
]

/** The story, in the order in which a new partner meets it. */
const play = async (guide: Guide): Promise<void> => {
  await guide.step('A new partner looks around', () => discover(guide))
  await guide.step('The hospital gets a token with its own key', () => getToken(guide))
  const referral = await guide.step('The hospital refers a patient, in three ways', () => refer(guide))
  await guide.step('The clinic reads the referral and accepts it', () => readAtClinic(guide, referral))
  await guide.step('One patient, side by side, as four recipients get her', () => compareRecipients(guide))
  await guide.step('The school gets a letter, and nothing more', () => askAsSchool(guide))
  await guide.step('An app sends a PHQ-9', () => answerQuestionnaire(guide))
  const student = await guide.step('A consent is given, and taken back', () => revoke(guide))
  await guide.step('Who got what, and why', () => account(guide, student))
}

const close = (steps: readonly Step[], seconds: number, json: boolean): number => {
  const checks = steps.flatMap((step) => step.checks)
  const failed = checks.filter(({ ok }) => !ok).length
  const passed = checks.length - failed
  if (json) console.log(JSON.stringify({ steps, passed, failed }))
  else console.log(`\n${passed} passed, ${failed} failed in ${seconds.toFixed(1)} s`)
  return failed === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
