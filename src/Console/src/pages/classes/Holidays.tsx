import { ActionIcon, Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { Empty } from "../../shared/Empty";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";

/** Days without lessons. */
export function Holidays({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("classes");
  const times = useSchoolTime();
  const client = useQueryClient();
  const [draft, setDraft, forget] = useDraft("classes/holiday", { name: "", first_day: "", last_day: "" });
  const form = useForm({ initialValues: draft, onValuesChange: setDraft });
  const holidays = useQuery({
    queryKey: ["timetable", "holidays"],
    queryFn: async () => (await api.GET("/api/v1/timetable/holidays")).data!.items,
  });
  const again = () => Promise.all(["timetable", "roll-call"].map((key) => client.invalidateQueries({ queryKey: [key] })));
  const add = useMutation({
    mutationFn: () => api.POST("/api/v1/timetable/holidays", { body: { ...form.values, last_day: form.values.last_day || null } }),
    onSuccess: () => {
      form.setValues({ name: "", first_day: "", last_day: "" });
      forget();
      return again();
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/timetable/holidays/{id}", { params: { path: { id } } }),
    onSuccess: again,
  });
  const day = (date: string) => times.date(`${date}T12:00:00Z`);

  return (
    <Stack maw={720}>
      <Text size="sm" c="dimmed">
        {t("holidays.what")}
      </Text>
      {mayWrite && (
        <form onSubmit={form.onSubmit(() => add.mutate())}>
          <Group align="end">
            <TextInput label={t("holidays.name")} required maxLength={100} flex={1} miw={180} {...form.getInputProps("name")} />
            <TextInput type="date" label={t("holidays.first")} required {...form.getInputProps("first_day")} />
            <TextInput type="date" label={t("holidays.last")} {...form.getInputProps("last_day")} />
            <Button type="submit" loading={add.isPending}>
              {t("common:add")}
            </Button>
          </Group>
        </form>
      )}
      <ProblemAlert error={holidays.error ?? add.error ?? remove.error} retry={() => void holidays.refetch()} />
      {holidays.data?.length === 0 && <Empty>{t("holidays.none")}</Empty>}
      {holidays.data && holidays.data.length > 0 && (
        <Table aria-label={t("holidays.title")}>
          <Table.Tbody>
            {holidays.data.map((holiday) => (
              <Table.Tr key={holiday.id}>
                <Table.Td>{holiday.name}</Table.Td>
                <Table.Td>
                  {day(holiday.first_day)}
                  {holiday.last_day !== holiday.first_day && ` – ${day(holiday.last_day)}`}
                </Table.Td>
                <Table.Td ta="end">
                  {mayWrite && (
                    <ActionIcon
                      variant="subtle"
                      color="red"
                      aria-label={t("holidays.remove", { name: holiday.name })}
                      onClick={() => remove.mutate(holiday.id)}
                    >
                      <IconTrash size={18} />
                    </ActionIcon>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}
