import { createContext, useContext } from "react";

/** Whether the person may load, withdraw and set things up; what is for administrators alone is not shown to others. */
export const Administers = createContext(true);

export const useAdministers = (): boolean => useContext(Administers);
