/** What one record of a release says. */
export type Statement =
  | {
      readonly kind: 'concept'
      readonly code: string
      readonly display?: string
      readonly active: boolean
      readonly properties?: Readonly<Record<string, string | boolean>>
      /** Says no more than that there is such a code, where something else describes it better. */
      readonly weak?: true
    }
  | { readonly kind: 'term'; readonly code: string; readonly term: string; readonly isDisplay: boolean }
  | { readonly kind: 'parent'; readonly child: string; readonly parent: string }

/** Why a record cannot be read. */
export interface Fault {
  readonly fault: string
}

/** What a record says: nothing where it is a header, or is not about what is imported. */
export type Reader = (text: string) => readonly Statement[] | Fault

/** One kind of file in a release. */
export interface FileFormat {
  /** What it is called, for people. */
  readonly like: string
  readonly name: RegExp
  readonly isQuoted: boolean
  /** Whether it begins with a record that names its columns. */
  readonly hasHeader: boolean
  /** Whether a release may have several of them, as one for each language. */
  readonly mayRepeat?: boolean
  /** The reader of a file, made of its first record; undefined where that is of no such file. */
  open(first: string): Reader | undefined
}

/** A code system as its publisher releases it. */
export interface ReleaseFormat {
  readonly url: string
  readonly title: string
  /** Its files, in the order in which they are read; a list is a choice, of which the first that is there is taken. */
  readonly files: readonly { readonly isRequired: boolean; readonly among: readonly FileFormat[] }[]
  /** The version, as the names of the files or of their folders tell it. */
  versionOf(path: string): string | undefined
  /** Whether a code is a kind of the code that it begins with. */
  readonly isNested: boolean
  /** Properties that a filter may ask for. */
  readonly properties: readonly string[]
  /** What must be said of it wherever its codes go. */
  readonly copyright?: string
}

/** Reads columns by their names; undefined where one of them is missing. */
export const columnsOf = <Name extends string>(
  header: readonly string[],
  names: readonly Name[],
): ((fields: readonly string[]) => Readonly<Record<Name, string>>) | undefined => {
  const places = names.map((name) => header.indexOf(name))
  if (places.includes(-1)) return undefined
  return (fields) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name has a value
    Object.fromEntries(names.map((name, at) => [name, fields[places[at] ?? 0] ?? ''])) as Record<Name, string>
}
