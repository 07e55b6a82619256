import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";

/** A record as far as a correction has to know it. */
export type WrongRecord = { id: string; student_id: string; full_name?: string | null; at: string };

/** Whether a record bears a name that a face was given, and that can be wrong. */
export const canBeWrong = (record: { origin: string }) => record.origin === "camera" || record.origin === "check_in";

/** Undoes a correction, and tells of it; whatever shows attendance is asked for anew. */
export function useUndoCorrection() {
  const { t } = useTranslation("corrections");
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (record: string) => {
      await api.DELETE("/api/v1/attendance/{id}/correction", { params: { path: { id: record } } });
    },
    onSuccess: async () => {
      notifications.show({ message: t("undone"), color: "green" });
      await attendanceChanged(client);
    },
  });
}

/** Whatever shows attendance is asked for anew. */
export const attendanceChanged = (client: QueryClient) =>
  client.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === "roll-call" || first === "attendance" });
