declare module '@lhncbc/ucum-lhc' {
  /** The part of the library that is used here. */
  export const UcumLhcUtils: {
    getInstance(): {
      convertToBaseUnits(
        unit: string,
        value: number,
      ): { status: string; magnitude: number; unitToExp: Record<string, number> }
      validateUnitString(unit: string): { status: 'valid' | 'invalid' | 'error' }
    }
  }
}
