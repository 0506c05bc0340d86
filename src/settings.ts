import * as z from 'zod'
import { knownProfile } from './validate/demands.ts'

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
const port = z.coerce.number().int().min(0).max(65_535)

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  MLLP_PORT: port.default(2575),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  SLUICE_ENV: z.enum(['development', 'production']).default('development'),
  SLUICE_SEED: z.enum(['county', 'none']).optional(),
  SLUICE_CLOCK: z.iso.datetime({ offset: true }).optional(),
  SLUICE_LOG: flag.default(true),
  SLUICE_ACKNOWLEDGE_MINUTES: z.coerce.number().int().min(1).max(10_080).optional(),
  SLUICE_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  SLUICE_OIDC_CLIENT_ID: z.string().min(1).optional(),
  SLUICE_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  SLUICE_OIDC_CLAIM: z.string().min(1).default('sub'),
  SLUICE_PROXIES: z.coerce.number().int().min(0).max(10).optional(),
  SLUICE_CRISIS_HELP: z.string().max(500).optional(),
  SLUICE_EXPORT_HOURS: z.coerce.number().int().min(1).max(720).optional(),
  SLUICE_EXPORT_LINES: z.coerce.number().int().min(1).max(10_000_000).optional(),
  SLUICE_EXPORT_JOBS: z.coerce.number().int().min(1).max(1000).optional(),
  SLUICE_PROFILES: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
    .pipe(z.array(knownProfile))
    .optional(),
})

/** An OpenID provider where users sign in, and by which claim of its id_token a user is known here. */
export interface OpenIdProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly claim: string
}

/** The settings of one process, read from its environment. Ports are TCP ports; `MLLP_PORT` 0 switches MLLP off. */
export interface Settings {
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly mllpPort: number
  /** Base of absolute links, without a slash at its end. */
  readonly publicUrl: string
  readonly production: boolean
  readonly seed: 'county' | 'none'
  /** Where the data clock starts, in milliseconds since 1970; undefined for the real time. */
  readonly clock: number | undefined
  readonly log: boolean
  /** What the site adds to the crisis help that goes to whoever gave answers that ask for a clinician at once. */
  readonly crisisHelp?: string
  /** Canonicals of profiles that every resource of their type must conform to, beside those that it declares. */
  readonly profiles?: readonly string[]
  /** Within how many minutes a safety review must be acknowledged before it is escalated; 60 where nothing is said. */
  readonly acknowledgeMinutes?: number
  /** Where users sign in besides the built-in login. */
  readonly openId?: OpenIdProvider
  /** How many proxies of one's own stand in front, each of which adds to X-Forwarded-For; 0 where nothing is said. */
  readonly proxies?: number
  /** A bulk export is there for so many hours; 24 where nothing is said. */
  readonly exportHours?: number
  /** Lines of one file of a bulk export, at the most; 100,000 where nothing is said. */
  readonly exportLines?: number
  /** Bulk exports of one client that are under way at once; 10 where nothing is said. */
  readonly exportJobs?: number
}

/** Every fault of the settings, a line each. */
export class SettingsFault extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** Reads the settings; throws one SettingsFault that lists every fault. Empty variables count as unset. */
export const readSettings = (environment: Readonly<Record<string, string | undefined>>): Settings => {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const read = schema.safeParse(set)
  const faults = read.success
    ? []
    : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message.toLowerCase()}`)
  const production = set.SLUICE_ENV === 'production'
  if (production && set.SLUICE_CLOCK !== undefined)
    faults.push('SLUICE_CLOCK: not with SLUICE_ENV=production')
  if (production && set.SLUICE_SEED === 'county')
    faults.push('SLUICE_SEED: the demo county is not for SLUICE_ENV=production')
  faults.push(...openIdFaults(set, production))
  if (!read.success || faults.length > 0) throw new SettingsFault(faults)
  const own = read.data
  return {
    databaseUrl: own.DATABASE_URL,
    dataDir: own.DATA_DIR,
    host: own.HOST,
    port: own.PORT,
    mllpPort: own.MLLP_PORT,
    publicUrl: (own.PUBLIC_URL ?? `http://localhost:${own.PORT}`).replace(/\/+$/, ''),
    production,
    seed: own.SLUICE_SEED ?? (production ? 'none' : 'county'),
    clock: own.SLUICE_CLOCK === undefined ? undefined : Date.parse(own.SLUICE_CLOCK),
    log: own.SLUICE_LOG,
    ...(own.SLUICE_ACKNOWLEDGE_MINUTES === undefined
      ? {}
      : { acknowledgeMinutes: own.SLUICE_ACKNOWLEDGE_MINUTES }),
    ...(own.SLUICE_EXPORT_HOURS === undefined ? {} : { exportHours: own.SLUICE_EXPORT_HOURS }),
    ...(own.SLUICE_EXPORT_LINES === undefined ? {} : { exportLines: own.SLUICE_EXPORT_LINES }),
    ...(own.SLUICE_EXPORT_JOBS === undefined ? {} : { exportJobs: own.SLUICE_EXPORT_JOBS }),
    ...(own.SLUICE_PROFILES === undefined ? {} : { profiles: own.SLUICE_PROFILES }),
    ...(own.SLUICE_PROXIES === undefined ? {} : { proxies: own.SLUICE_PROXIES }),
    ...openIdOf(own),
    ...(own.SLUICE_CRISIS_HELP === undefined ? {} : { crisisHelp: own.SLUICE_CRISIS_HELP }),
  }
}

const openIdOf = (own: z.output<typeof schema>): Pick<Settings, 'openId'> => {
  const [issuer, clientId, clientSecret] = [
    own.SLUICE_OIDC_ISSUER,
    own.SLUICE_OIDC_CLIENT_ID,
    own.SLUICE_OIDC_CLIENT_SECRET,
  ]
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return {}
  return { openId: { issuer, clientId, clientSecret, claim: own.SLUICE_OIDC_CLAIM } }
}

const openIdNames = ['SLUICE_OIDC_ISSUER', 'SLUICE_OIDC_CLIENT_ID', 'SLUICE_OIDC_CLIENT_SECRET']

/** All of the provider is set or nothing; without https it is one on this machine, for trying out. */
const openIdFaults = (set: Readonly<Record<string, string | undefined>>, production: boolean): string[] => {
  const missing = openIdNames.filter((name) => set[name] === undefined)
  const some = missing.length < openIdNames.length || set.SLUICE_OIDC_CLAIM !== undefined
  const issuer = URL.parse(set.SLUICE_OIDC_ISSUER ?? '')
  const open = issuer?.protocol === 'http:' && (production || !isLoopback(issuer.hostname))
  return [
    ...(some ? missing.map((name) => `${name}: missing, while others of the provider are set`) : []),
    ...(open ? ['SLUICE_OIDC_ISSUER: https, except on this machine and outside production'] : []),
  ]
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
