import { readdirSync, readFileSync } from 'node:fs'

/** One entry of an index.json: a file, and what is missing from it if it is to fail. */
interface Entry {
  readonly file: string
  readonly missing: string | null
}

/** The examples of Part 2 consents have a folder of their own name. */
const profileOf = (folder: string): string => (folder === 'consent' ? 'part2-consent' : folder)

const json = (file: URL): unknown => JSON.parse(readFileSync(file, 'utf8'))

/** All examples by profile, one line for each, in the order of their index. */
export const examplesIn = (examples: URL): string => {
  const folders = readdirSync(examples, { withFileTypes: true })
    .flatMap((it) => (it.isDirectory() ? [it.name] : []))
    .toSorted((one, other) => (profileOf(one) < profileOf(other) ? -1 : 1))
  const lines = folders.map((folder) => {
    const at = new URL(`${folder}/`, examples)
    const entries = (json(new URL('index.json', at)) as Entry[]).map(({ file, missing }) => ({
      name: file.replace(/\.json$/, ''),
      missing,
      resource: json(new URL(file, at)),
    }))
    return `"${profileOf(folder)}":[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}]`
  })
  return `{\n${lines.join(',\n')}\n}\n`
}
