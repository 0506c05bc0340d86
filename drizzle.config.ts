import type { Config } from 'drizzle-kit'

export const config: Config = {
  dialect: 'postgresql',
  schema: './src/store/schema/*.ts',
  out: './migrations',
}
export { config as default }
