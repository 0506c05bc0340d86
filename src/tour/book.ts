/** One thing that was promised, and whether it was kept. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly expected?: unknown
  readonly actual?: unknown
}

/** One step of the tour. */
export interface Step {
  readonly name: string
  readonly ok: boolean
  readonly checks: readonly Check[]
}

/** Where the tour is written down, and told to whoever watches. */
export interface Book {
  /** Plays one step; what goes wrong in it is a failed check, and the tour goes on. Undefined where it did not end. */
  step<T>(name: string, play: () => Promise<T>): Promise<T | undefined>
  /** What this is about, in words. */
  explain(text: string): void
  /** What is asked: the line that a person could repeat. */
  asked(text: string, by?: string): void
  /** What came back. */
  came(text: string): void
  /** Holds what came against what is promised, as JSON. */
  check(name: string, actual: unknown, expected: unknown): void
  readonly steps: readonly Step[]
}

type Print = (line: string) => void

/** An empty book; `colored` for a terminal. */
export const openBook = (print: Print, colored: boolean): Book => {
  const steps: Step[] = []
  let checks: Check[] = []
  const paint = (code: number, text: string): string => (colored ? `\u001B[${code}m${text}\u001B[0m` : text)
  const check = (name: string, actual: unknown, expected: unknown): void => {
    const ok = JSON.stringify(actual) === JSON.stringify(expected)
    checks.push(ok ? { name, ok } : { name, ok, expected, actual })
    print(ok ? `   ${paint(green, '✓')} ${name}` : `   ${paint(red, '✗')} ${name}`)
    if (ok) return
    print(`       expected ${shown(expected)}`)
    print(`       actual   ${shown(actual)}`)
  }
  return {
    steps,
    check,
    step: async (name, play) => {
      checks = []
      print('')
      print(paint(bold, `${steps.length + 1}. ${name}`))
      try {
        return await play()
      } catch (fault) {
        check('the step goes to its end', fault instanceof Error ? fault.message : String(fault), 'no fault')
        return undefined
      } finally {
        steps.push({ name, ok: checks.every(({ ok }) => ok), checks })
      }
    },
    explain: (text) => print(`   ${paint(dim, text)}`),
    asked: (text, by) => {
      print('')
      print(`   ${text}${by === undefined ? '' : paint(dim, `  ${by}`)}`)
    },
    came: (text) => {
      for (const line of text.split('\n')) print(`     ${paint(cyan, '→')} ${line}`)
    },
  }
}

const [bold, dim, red, green, cyan] = [1, 2, 31, 32, 36]

const most = 600

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= most ? text : `${text.slice(0, most)} …`
}
