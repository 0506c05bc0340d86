import type { SearchKind } from '../../src/fhir/definitions/search-parameters.ts'

/** The parts of the official definition resources that the tables are made from. */
export type Resource = { resourceType: string; id?: string; url?: string }

export type ElementDefinition = {
  path: string
  min: number
  max: string
  base?: { path: string }
  contentReference?: string
  type?: {
    code: string
    profile?: string[]
    targetProfile?: string[]
    extension?: { url: string; valueUrl?: string }[]
  }[]
  binding?: { strength: string; valueSet?: string }
  constraint?: { key: string; severity: string; human: string; expression?: string }[]
}

export type StructureDefinition = Resource & {
  name: string
  type: string
  kind: 'primitive-type' | 'complex-type' | 'resource' | 'logical'
  abstract: boolean
  derivation?: string
  baseDefinition?: string
  snapshot: { element: ElementDefinition[] }
}

export type SearchParameter = Resource & {
  url: string
  version?: string
  experimental?: boolean
  code: string
  type: SearchKind
  base: string[]
  target?: string[]
  expression?: string
  component?: { definition: string; expression: string }[]
}

export type Concept = {
  code: string
  concept?: Concept[]
  property?: { code: string; valueCode?: string; valueBoolean?: boolean }[]
}

export type CodeSystem = Resource & { url: string; content?: string; concept?: Concept[] }

export type ConceptSet = {
  system?: string
  concept?: { code: string }[]
  filter?: { property: string; op: string; value: string }[]
  valueSet?: string[]
}

export type ValueSet = Resource & {
  url: string
  compose?: { include: ConceptSet[]; exclude?: ConceptSet[] }
}

export type CompartmentDefinition = Resource & {
  code: string
  resource: { code: string; param?: string[] }[]
}
