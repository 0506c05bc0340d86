import postgres from 'postgres'
import { nodeCipher, nodeDigest } from '../../src/admin/machine/cryptography.ts'
import { createApp } from '../../src/app.ts'
import { runExport } from '../../src/bulk/run.ts'
import { createServices } from '../../src/create-services.ts'
import { openPostgres } from '../../src/store/postgres.ts'

/** What a process is to do: an export by the gateway, or the same rows by a bare cursor. */
export interface Order {
  readonly kind: 'sluice' | 'bare'
  readonly url: string
  readonly token: string
  /** The address of the kick-off under the base, and the types that it is about. */
  readonly path: string
  readonly types: readonly string[]
}

/** What it took: seconds, lines, bytes, and the most memory that the process ever had, in MB. */
export interface Took {
  readonly finding: number
  readonly sending: number
  readonly lines: number
  readonly bytes: number
  readonly peak: number
}

const base = 'http://localhost/fhir'

const seconds = (from: number): number => (performance.now() - from) / 1000

/** In kilobytes on Linux. */
const peak = (): number => Math.round(process.resourceUsage().maxRSS / 1024)

const byGateway = async ({ url, token, path }: Order): Promise<Took> => {
  const database = openPostgres(url)
  const settings = {
    publicUrl: 'http://localhost',
    production: false,
    log: true,
    clock: undefined,
    mllpPort: 0,
  }
  const services = createServices({ settings, database, digest: nodeDigest, cipher: nodeCipher() })
  const app = createApp(() => services)
  const ask = (address: string): Promise<Response> =>
    Promise.resolve(
      app.request(address, { headers: { authorization: `Bearer ${token}`, prefer: 'respond-async' } }),
    )
  const begun = performance.now()
  const job = (await ask(`${base}/${path}`)).headers.get('content-location') ?? ''
  let status = await ask(job)
  while (status.status === 202) {
    await runExport(services, 50)
    status = await ask(job)
  }
  const finding = seconds(begun)
  const { output } = (await status.json()) as { output: { url: string }[] }
  const sent = performance.now()
  let [lines, bytes] = [0, 0]
  for (const file of output)
    for await (const chunk of (await ask(file.url)).body ?? []) {
      bytes += chunk.length
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
    }
  await database.close()
  return { finding, sending: seconds(sent), lines, bytes, peak: peak() }
}

/** The ceiling: content as it is stored, whoever may see it, by a cursor. */
const bare = async ({ url, types }: Order): Promise<Took> => {
  const client = postgres(url, { max: 1 })
  const sent = performance.now()
  let [lines, bytes] = [0, 0]
  const rows = client.unsafe<{ content: string }[]>(
    'SELECT content FROM resource WHERE type = ANY($1) AND richer IS NULL AND NOT deleted ORDER BY type, id',
    [types as string[]],
  )
  for await (const some of rows.cursor(500)) {
    const chunk = new TextEncoder().encode(some.map(({ content }) => `${content}\n`).join(''))
    bytes += chunk.length
    lines += some.length
  }
  await client.end()
  return { finding: 0, sending: seconds(sent), lines, bytes, peak: peak() }
}

process.once('message', (given) => {
  const order = given as Order
  void (order.kind === 'bare' ? bare(order) : byGateway(order)).then((took) => process.send?.(took))
})
process.once('disconnect', () => process.exit(0))
