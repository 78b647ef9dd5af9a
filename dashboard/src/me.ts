import { createContext, useContext } from "react";
import type { Me, Right } from "./api/session";

export const MeContext = createContext<Me | null>(null);

/** Whether the user may know of all cameras: what is summed up over the site is for those alone. */
export function useWholeSite(): boolean {
  return useContext(MeContext)?.cameras == null;
}

/** Whether somebody has signed in; else the server asks for nothing, or trusts their address. */
export function hasSignedIn(me: Me | null): boolean {
  return me !== null && me.id !== "no-auth" && me.id !== "trusted";
}

/** Whether the user has this right: what would answer 403 is not offered. */
export function useMay(): (right: Right) => boolean {
  const me = useContext(MeContext);
  return (right) => !!me?.rights.includes(right);
}
