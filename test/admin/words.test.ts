import { describe, expect, it } from 'vitest'
import { announced, commands } from '../../src/admin/commands.ts'
import { advanced } from '../../src/admin/duration.ts'
import { UsageFault } from '../../src/admin/fault.ts'
import { helpFor, overview } from '../../src/admin/help.ts'
import { readWords } from '../../src/admin/machine/words.ts'

const read = (line: string) => readWords(commands, announced, line.split(' '))

describe('what is typed', () => {
  it('is a command with options that repeat, and switches', () => {
    const words = read('client add --id a --purpose TREAT --purpose=COC --public --json')
    if (words.kind !== 'command') throw new Error('not a command')
    expect(words.command.name).toBe('client add')
    expect(words.json).toBe(true)
    expect(words.given.options.get('purpose')).toEqual(['TREAT', 'COC'])
  })

  it.each([
    ['nonsense', '`nonsense` is not a command'],
    ['client', 'there is `client add`'],
    ['client remove', '`client remove` is not a command'],
    ['preview --patient x', '`preview` is not available yet'],
    ['keys', 'there is `keys rotate`'],
    ['token --clinet x', '`--clinet` is not an option of `token`'],
    ['token --client', '`--client` needs a value'],
    ['token --client --json', '`--client` needs a value'],
    ['token --client a --client b', '`--client` is given twice'],
    ['reset --yes=no', '`--yes` takes no value'],
    ['seed now', '`now` is one too many'],
    ['import --custodian Organization/a', '`import` needs more'],
  ])('%s is refused', (line, message) => {
    expect(() => read(line)).toThrow(UsageFault)
    expect(() => read(line)).toThrow(message)
  })

  it('asks for help of all or of one', () => {
    expect(read('--help')).toEqual({ kind: 'help' })
    expect(readWords(commands, announced, [])).toEqual({ kind: 'help' })
    expect(read('table set --help')).toMatchObject({ kind: 'help', command: { name: 'table set' } })
    for (const command of commands) {
      expect(overview(commands)).toContain(command.summary)
      expect(helpFor(command)).toContain(command.example)
    }
  })
})

describe('a duration', () => {
  const from = new Date('2026-01-31T12:00:00Z')
  it.each([
    ['P1D', '2026-02-01T12:00:00.000Z'],
    ['PT4H', '2026-01-31T16:00:00.000Z'],
    ['4h', '2026-01-31T16:00:00.000Z'],
    ['30m', '2026-01-31T12:30:00.000Z'],
    ['P1Y2M', '2027-03-31T12:00:00.000Z'],
    ['P1WT1M30S', '2026-02-07T12:01:30.000Z'],
  ])('%s', (duration, to) => {
    expect(advanced(from, duration).toISOString()).toBe(to)
  })

  it.each(['P', 'PT', 'P1', '-P1D', 'tomorrow', '4', ''])('%s is none', (duration) => {
    expect(() => advanced(from, duration)).toThrow('is not a duration')
  })
})
