import type { Language } from '../language.ts'
import { en, type Texts } from './en.ts'
import { es } from './es.ts'

const all: Readonly<Record<Language, Texts>> = { en, es }

export const textsOf = (language: Language): Texts => all[language]
