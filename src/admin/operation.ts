import type { z } from 'zod'
import type { Administered } from './administered.ts'
import { fail } from './fault.ts'

/** What a command asks of the open gateway: in the process that serves, over the admin socket, or in the CLI itself. */
export interface Operation<Input, Answer> {
  readonly name: string
  /** What it takes from outside, read. */
  readonly input: z.ZodType<Input>
  readonly run: (administered: Administered, input: Input) => Promise<Answer>
}

/** An operation whose input comes from outside and is read first. */
export interface ServedOperation {
  readonly name: string
  readonly serve: (administered: Administered, input: unknown) => Promise<unknown>
}

/** Makes an operation ready to be served. */
export const served = <Input, Answer>(operation: Operation<Input, Answer>): ServedOperation => ({
  name: operation.name,
  serve: (administered, given) => carryOut(administered, operation, given),
})

/** Reads the input of an operation, with every fault at once, and runs it. */
export const carryOut = async <Input, Answer>(
  administered: Administered,
  { input, run }: Operation<Input, Answer>,
  given: unknown,
): Promise<Answer> => {
  const read = input.safeParse(given)
  if (read.success) return run(administered, read.data)
  return fail(
    read.error.issues
      .map(({ path, message }) => `${path.length === 0 ? '' : `\`${path.join('.')}\`: `}${lower(message)}`)
      .join('\n'),
  )
}

const lower = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`
