import type { Progress } from '../../store/relabelling.ts'
import { type Command, isSet } from '../command.ts'

/** Batches between two lines of progress. */
const batches = 20

/** `relabel` */
export const relabelCommand: Command = {
  name: 'relabel',
  summary: 'label stored records again, where what labels come from has changed',
  usage:
    'relabel [--status] [--all]\n' +
    '  goes on where it was interrupted; the running gateway does the same by itself, more slowly\n' +
    '  --status  only tell how it stands\n' +
    '  --all     label everything again, whether that is due or not',
  example: 'relabel --status',
  options: { status: { type: 'boolean' }, all: { type: 'boolean' } },
  positionals: [0, 0],
  perform: async (given, desk) => {
    const isStatus = isSet(given, 'status')
    let answer = await desk.call('relabel', {
      batches: isStatus ? 0 : batches,
      again: isSet(given, 'all') && !isStatus,
    })
    while (!isStatus && answer.more) {
      desk.tell(textOf(answer))
      answer = await desk.call('relabel', { batches })
    }
    const { more: _more, ...progress } = answer
    const text = textOf(progress)
    if (isStatus || !progress.due) return { text, json: progress }
    const fault = progress.own
      ? 'some records stay held: what they cite is held as well'
      : 'the records were labelled by another release: run this command of that one, or restart the gateway of this one'
    return { text, json: progress, fault }
  },
}

/** How a relabelling stands, in a line. */
export const textOf = ({ due, stage, done, total, changed, held, ended }: Progress): string => {
  const waiting = held === 0 ? '' : `, ${held} held until then`
  if (stage === 'look' || stage === 'look-past') return `due: looking for what rises${waiting}`
  if (stage === 'cut') return `due: ${done} of ${total} records labelled again, ${changed} changed${waiting}`
  if (due) return `due: ${held} records held until they are labelled again`
  return ended === undefined
    ? 'nothing is due'
    : `nothing is due; last: ${done} records labelled again, ${changed} changed`
}
