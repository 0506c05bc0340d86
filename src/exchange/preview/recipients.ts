import { type Asked, lineage } from '../../consent/asked.ts'
import { readPurpose } from '../../consent/purposes.ts'
import { invalid } from '../../problem.ts'
import type { CommonFacts } from '../../store/facts.ts'

/** Recipients of one question, at the most: each is decided for each purpose. */
const mostAsked = 40

/**
 * For whom and for what: each recipient that is named, for each purpose, or for treatment. A Patient is asked for as that
 * patient with an own token. INVARIANT: nobody is told who else knows a patient, so recipients are named; and what a Part 2
 * program would get depends on whether it knows the patient, which only the patient may learn (42 CFR 2.13).
 */
export const readAsked = (
  given: URLSearchParams,
  custodian: string,
  isPatient: boolean,
  common: CommonFacts,
): Asked[] => {
  const recipients = given.getAll('recipient').flatMap((value) => value.split(','))
  const purposes = given.getAll('purpose').flatMap((value) => value.split(','))
  if (recipients.length === 0)
    invalid('name one or several recipients: `recipient=Organization/<id>`', 'recipient', 'required')
  if (!isPatient && recipients.some((recipient) => isProgram(recipient, common)))
    invalid(
      'what a Part 2 program would get is told to the patient alone: it would say whether the program knows the patient (42 CFR 2.13)',
      'recipient',
      'not-supported',
    )
  const asked = recipients.flatMap((recipient) =>
    (purposes.length > 0 ? purposes : ['TREAT']).map((purpose) => askedAs(recipient, purpose, custodian)),
  )
  return asked.length > mostAsked
    ? invalid(`ask for at most ${mostAsked} recipients and purposes at once`, 'recipient', 'too-costly')
    : asked
}

/** Whether an organization, or one that it is part of, is a Part 2 program: for any patient, known to it or not. */
export const isProgram = (reference: string, { organizations }: CommonFacts): boolean =>
  lineage(reference, organizations).some((one) => {
    const own = organizations.get(one)
    return own?.part2 === true || own?.class === 'part2-program'
  })

const askedAs = (recipient: string, purpose: string, custodian: string): Asked => {
  const code = readPurpose(purpose)
  if (code === undefined)
    return invalid('`purpose` is a code of v3-ActReason, such as `TREAT`', 'purpose', 'value')
  if (/^Organization\/[A-Za-z0-9.-]{1,64}$/.test(recipient)) return { organization: recipient, purpose: code }
  if (/^Patient\/[A-Za-z0-9.-]{1,64}$/.test(recipient))
    return { organization: custodian, patient: recipient, purpose: code }
  return invalid(
    '`recipient` is `Organization/<id>`, or `Patient/<id>` for an own token',
    'recipient',
    'value',
  )
}
