import { createReadStream } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { pipeline } from 'node:stream/promises'

const here = (path: string): URL => new URL(path, import.meta.url)

/** Every address of the app, and the file behind it. */
const files: Readonly<Record<string, readonly [type: string, file: URL]>> = {
  '/': ['text/html', here('index.html')],
  '/launch.html': ['text/html', here('launch.html')],
  '/launch.js': ['text/javascript', here('launch.js')],
  '/app.js': ['text/javascript', here('app.js')],
  '/style.css': ['text/css', here('style.css')],
  '/fhir-client.js': ['text/javascript', here('../../node_modules/fhirclient/build/fhir-client.pure.min.js')],
}

/** What the pages need to know. `gateway` is the public address of the gateway; clients as they are registered there. */
export interface AppSettings {
  readonly gateway: string
  readonly clients?: readonly string[]
}

/** The app as an HTTP server: its own files and nothing else, and pages that speak with the gateway alone. */
export const createAppServer = ({
  gateway,
  clients = ['moodtrack-app', 'moodtrack-patient'],
}: AppSettings): Server => {
  const settings = `export const settings = ${JSON.stringify({ iss: `${gateway}/fhir`, clients })}\n`
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; connect-src ${new URL(gateway).origin}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const [type, file] = Object.hasOwn(files, path) ? (files[path] ?? []) : []
    const known = file !== undefined || path === '/settings.js'
    response.writeHead(known ? 200 : 404, {
      'content-type': `${type ?? (known ? 'text/javascript' : 'text/plain')}; charset=utf-8`,
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    if (file === undefined) response.end(known ? settings : 'there is nothing at this address\n')
    else pipeline(createReadStream(file), response).catch(() => response.destroy())
  })
}

if (import.meta.main) {
  const port = Number(process.env.PORT ?? 8090)
  const gateway = (process.env.GATEWAY ?? 'http://localhost:8080').replace(/\/+$/, '')
  createAppServer({ gateway }).listen(port, 'localhost', () => {
    console.log(`MoodTrack is at http://localhost:${port}/launch.html, for the gateway at ${gateway}`)
    console.log(`Beside a record: ${gateway}/launcher`)
  })
}
