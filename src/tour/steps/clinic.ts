import type { Patient, ServiceRequest, Task } from 'fhir/r4'
import { type Guide, matchesIn, resourceIn, summed } from '../guide.ts'
import type { Stored } from './referral.ts'

const path = '/fhir/Task?owner=Organization/riverbend&status=requested&_sort=-_lastUpdated'

/** The clinic finds what was sent to it, reads it, and accepts; the hospital sees that at once. */
export const readAtClinic = async (guide: Guide, stored: Stored | undefined): Promise<void> => {
  const sent = stored?.tasks[0]
  if (sent === undefined) throw new Error('there is no referral to read: see the step before')
  const inbox = await guide.ask('riverbend', 'GET', path)
  const tasks = matchesIn<Task>(inbox)
  const task = tasks.find(({ id }) => id === sent.id)
  guide.came(summed(inbox, `${tasks.length} Tasks for the clinic, Task/${task?.id} among them`))
  guide.check('the Task is there, requested', task?.status, 'requested')

  const request = await guide.ask('riverbend', 'GET', `/fhir/${sent.focus?.reference ?? ''}`)
  const { code, priority, reasonReference } = resourceIn<ServiceRequest>(request)
  guide.came(summed(request, `ServiceRequest: ${code?.coding?.[0]?.display}, ${priority}`))
  guide.check('with the request and its reasons', [request.status, reasonReference?.length], [200, 2])

  const patient = await guide.ask('riverbend', 'GET', `/fhir/${sent.for?.reference ?? ''}`)
  const { name, birthDate } = resourceIn<Patient>(patient)
  guide.came(
    summed(patient, `Patient: ${name?.[0]?.given?.join(' ')} ${name?.[0]?.family}, born ${birthDate}`),
  )
  guide.check('and the patient', [patient.status, birthDate], [200, '1993-04-17'])

  const stranger = await guide.ask('harbor-psychiatry', 'GET', `/fhir/Task/${sent.id}`)
  guide.came(summed(stranger, 'no such resource'))
  guide.check('to anybody else there is no such Task', stranger.status, 404)

  const accepted = await guide.ask('riverbend', 'PUT', `/fhir/Task/${sent.id}`, {
    body: { ...sent, ...task, status: 'accepted' },
    headers: { 'if-match': `W/"${task?.meta?.versionId}"` },
    saying: 'If-Match: its version; the Task as it was read, with status accepted',
  })
  guide.came(summed(accepted, `Task: ${resourceIn<Task>(accepted).status}`))
  guide.check(
    'the clinic accepts it',
    [accepted.status, resourceIn<Task>(accepted).status],
    [200, 'accepted'],
  )

  const seen = await guide.ask('mercy-general', 'GET', `/fhir/Task/${sent.id}`)
  guide.came(summed(seen, `Task: ${resourceIn<Task>(seen).status}`))
  guide.check('the hospital sees it accepted', resourceIn<Task>(seen).status, 'accepted')
}
