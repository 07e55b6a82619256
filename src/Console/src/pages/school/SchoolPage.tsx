import { Button, Card, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Problem } from "../../api/problem";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { zones } from "../../shared/zones";

/** What the school is called, and by which clock its days begin. */
export default function SchoolPage() {
  const { t } = useTranslation("school");
  const client = useQueryClient();
  const school = useQuery({ queryKey: ["school"], queryFn: async () => (await api.GET("/api/v1/school")).data! });
  const form = useForm({ initialValues: { name: "", time_zone: "UTC" } });
  useEffect(() => {
    if (school.data && !form.isDirty()) {
      form.setValues({ name: school.data.name, time_zone: school.data.time_zone });
      form.resetDirty({ name: school.data.name, time_zone: school.data.time_zone });
    }
  }, [school.data]);
  const change = useMutation({
    mutationFn: async () => (await api.PUT("/api/v1/school", { body: form.values })).data!,
    onSuccess: (changed) => {
      form.resetDirty({ name: changed.name, time_zone: changed.time_zone });
      client.setQueryData(["school"], changed);
      notifications.show({ message: t("common:saved"), color: "green" });
      return client.invalidateQueries({ queryKey: ["session"] });
    },
    onError: (error) => {
      if (error instanceof Problem) form.setErrors(Object.fromEntries(Object.entries(error.fields).map(([k, v]) => [k, v.join(" ")])));
    },
  });
  return (
    <Page title={t("common:pages.school")}>
      <ProblemAlert error={school.error} retry={() => void school.refetch()} />
      {school.data && (
        <Card withBorder maw={560}>
          <form onSubmit={form.onSubmit(() => change.mutate())}>
            <Stack>
              <TextInput label={t("name")} required {...form.getInputProps("name")} />
              <TextInput label={t("code")} description={t("codeWhat", { code: school.data.code })} value={school.data.code} readOnly />
              <Select
                label={t("timeZone")}
                description={t(school.data.time_zone_fixed ? "timeZoneFixed" : "timeZoneWhy")}
                data={zones}
                searchable
                limit={50}
                allowDeselect={false}
                disabled={school.data.time_zone_fixed}
                required
                {...form.getInputProps("time_zone")}
              />
              <ProblemAlert error={change.error} />
              <Button type="submit" loading={change.isPending} disabled={!form.isDirty()}>
                {t("common:save")}
              </Button>
            </Stack>
          </form>
        </Card>
      )}
    </Page>
  );
}
