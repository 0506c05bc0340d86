import { parseArgs } from 'node:util'
import type { Command, Given, OptionSpec } from '../command.ts'
import { misuse } from '../fault.ts'

/** What was typed, understood: a command with its options, or a wish for help. */
export type Words =
  | { readonly kind: 'help'; readonly command?: Command }
  | { readonly kind: 'command'; readonly command: Command; readonly given: Given; readonly json: boolean }

const everywhere = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const

/** Reads what was typed after `gateway`; what is not understood is named, with where to look. */
export const readWords = (
  commands: readonly Command[],
  announced: readonly string[],
  typed: readonly string[],
): Words => {
  const leading = typed.slice(0, 2).filter((word) => !word.startsWith('-'))
  const [first] = leading
  if (first === undefined || first === 'help') return help(commands, typed.slice(1))
  const name = [leading.join(' '), first].find((one) => commands.some((command) => command.name === one))
  const command = commands.find((one) => one.name === name)
  if (command === undefined) return unknownCommand(commands, announced, leading)
  const { given, switches } = readOptions(command, typed.slice(command.name.split(' ').length))
  return switches.has('help')
    ? { kind: 'help', command }
    : { kind: 'command', command, given: checkCount(command, given), json: switches.has('json') }
}

const help = (commands: readonly Command[], about: readonly string[]): Words => {
  const command = commands.find(({ name }) => name === about.join(' '))
  return command === undefined ? { kind: 'help' } : { kind: 'help', command }
}

const unknownCommand = (
  commands: readonly Command[],
  announced: readonly string[],
  leading: readonly string[],
): never => {
  const [first = '', second] = leading
  const promised = announced.find((name) => name === leading.join(' ') || name === first)
  if (promised !== undefined) return misuse(`\`${promised}\` is not available yet`)
  const family = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => `\`${name}\``)
  if (family.length > 0)
    return misuse(
      `\`${second === undefined ? first : leading.join(' ')}\` is not a command: there is ${family.join(', ')}`,
    )
  return misuse(`\`${first}\` is not a command: \`--help\` lists them`)
}

const readOptions = (command: Command, args: readonly string[]) => {
  const specs = new Map<string, OptionSpec>(Object.entries({ ...command.options, ...everywhere }))
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...command.options, ...everywhere },
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const options = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const spec = specs.get(token.name)
    if (spec === undefined)
      return misuse(
        `\`${token.rawName}\` is not an option of \`${command.name}\`: see \`${command.name} --help\``,
      )
    if (spec.type === 'boolean' && token.value !== undefined)
      return misuse(`\`--${token.name}\` takes no value`)
    if (spec.type === 'string' && (token.value === undefined || isOption(token.value, token.inlineValue)))
      return misuse(`\`--${token.name}\` needs a value`)
    const before = options.get(token.name) ?? []
    if (before.length > 0 && spec.type === 'string' && spec.multiple !== true)
      return misuse(`\`--${token.name}\` is given twice`)
    options.set(token.name, [...before, token.value ?? ''])
  }
  const switches = new Set(Object.keys(everywhere).filter((name) => options.has(name)))
  return { given: { options, positionals } satisfies Given, switches }
}

const isOption = (value: string, inline: boolean | undefined): boolean =>
  inline !== true && value.startsWith('--')

const checkCount = (command: Command, given: Given): Given => {
  const [least, most] = command.positionals
  const { length } = given.positionals
  if (length > most)
    return misuse(
      `\`${given.positionals[most] ?? ''}\` is one too many for \`${command.name}\`: see \`${command.name} --help\``,
    )
  return length < least
    ? misuse(`\`${command.name}\` needs more: ${command.usage.split('\n')[0] ?? ''}`)
    : given
}
