import type { PasswordFault } from '../password.ts'
import type { Texts } from '../texts/en.ts'

/** What is wrong with a new password; without a fault it is that the two are not the same. */
export const newPasswordText = (texts: Texts, fault: PasswordFault | undefined): string => {
  switch (fault) {
    case 'short':
      return texts.passwordShort
    case 'long':
      return texts.passwordLong
    case 'guessable':
      return texts.passwordGuessable
    case undefined:
      return texts.passwordsDiffer
  }
}
