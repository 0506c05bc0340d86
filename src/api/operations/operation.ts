import type { ParametersParameter } from 'fhir/r4'
import type { Caller } from '../../authenticate/caller.ts'
import type { Answer, Ask } from '../../disclose.ts'
import type { Released } from '../../redact/released.ts'
import type { Services } from '../../services.ts'

/** What an operation is called on, and the parameters of one that only asks. */
export interface Asked {
  readonly type?: string | undefined
  readonly id?: string | undefined
  readonly given: URLSearchParams
  /** Parameters of complex types, of a body by POST. */
  readonly complex?: readonly ParametersParameter[]
}

/** A call of an operation that takes more than simple parameters, or changes something. */
export interface Call {
  readonly services: Services
  readonly caller: Caller
  readonly request: string
  readonly raw: Request
  readonly type: string | undefined
  readonly id: string | undefined
}

/** Where an operation is, and what defines it (https://hl7.org/fhir/R4/operations.html). */
interface Placed {
  readonly name: string
  /** The name of its OperationDefinition at HL7, or the address of one of our own. */
  readonly definition: string
  /** The one type that has it; without it every type. */
  readonly type?: string
  readonly levels: readonly ('instance' | 'type' | 'system')[]
}

/** An operation that asks and changes nothing: by GET, alone or in a batch, or by POST. */
export interface Question extends Placed {
  /** Names of its parameters that are of complex types; it takes no others of such. */
  readonly complex?: readonly string[]
  ask(services: Services, request: string, asked: Asked): Ask
}

/** Any other operation: by POST, and by GET where it changes nothing and yet is no question of a batch. */
export interface Command extends Placed {
  readonly reads?: true
  perform(call: Call): Promise<Released<Answer>>
}

export type Operation = Question | Command
