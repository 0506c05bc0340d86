import type { z } from 'zod'
import type { Administered } from './administered.ts'
import { fail } from './fault.ts'

/**
 * What a command asks of the open gateway: in the process that serves, over the admin socket, or in the CLI itself.
 * What is given comes from outside and is read first, every fault of it told at once.
 */
export type Operation<Answer> = (administered: Administered, given: unknown) => Promise<Answer>

/** Makes an operation of what it takes and what it does. */
export const operation =
  <Input, Answer>(
    input: z.ZodType<Input>,
    run: (administered: Administered, input: Input) => Promise<Answer>,
  ): Operation<Answer> =>
  async (administered, given) => {
    const read = input.safeParse(given)
    if (read.success) return run(administered, read.data)
    return fail(read.error.issues.map(({ path, message }) => `${placeOf(path)}${lower(message)}`).join('\n'))
  }

const placeOf = ([first, ...rest]: readonly PropertyKey[]): string => {
  if (first === undefined) return ''
  if (typeof first !== 'number') return `\`${[first, ...rest].map(String).join('.')}\`: `
  return `entry ${first + 1}${rest.length === 0 ? '' : `, \`${rest.map(String).join('.')}\``}: `
}

const lower = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`
