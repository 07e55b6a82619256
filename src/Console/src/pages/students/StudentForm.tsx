import { Autocomplete, Button, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { classesQuery } from "./StudentsPage";

type Student = Schemas["Student"];

const empty = { id: "", full_name: "", birth_date: "", class_name: "", address: "" };
type Fields = typeof empty;

const profileOf = ({ full_name, birth_date, class_name, address }: Fields) => ({
  full_name,
  birth_date: birth_date || null,
  class_name: class_name || null,
  address: address || null,
});

export function AddStudent({ onDone }: { onDone: (id: string) => void }) {
  const [draft, setDraft, forget] = useDraft("students/add", empty);
  return (
    <StudentForm
      isNew
      start={draft}
      onChange={setDraft}
      save={async (fields) => {
        await api.POST("/api/v1/students", { body: { id: fields.id.trim(), ...profileOf(fields) } });
      }}
      onDone={(fields) => {
        forget();
        onDone(fields.id.trim());
      }}
    />
  );
}

export function ChangeStudent({ student, onDone }: { student: Student; onDone: () => void }) {
  const [draft, setDraft, forget] = useDraft<Fields>(`students/change/${student.id}`, {
    id: student.id,
    full_name: student.full_name ?? "",
    birth_date: student.birth_date ?? "",
    class_name: student.class_name ?? "",
    address: student.address ?? "",
  });
  return (
    <StudentForm
      start={draft}
      onChange={setDraft}
      save={async (fields) => {
        await api.PUT("/api/v1/students/{id}", { params: { path: { id: student.id } }, body: profileOf(fields) });
      }}
      onDone={() => {
        forget();
        onDone();
      }}
    />
  );
}

function StudentForm({
  isNew = false,
  start,
  onChange,
  save,
  onDone,
}: {
  isNew?: boolean;
  start: Fields;
  onChange: (fields: Fields) => void;
  save: (fields: Fields) => Promise<void>;
  onDone: (fields: Fields) => void;
}) {
  const { t } = useTranslation("students");
  const client = useQueryClient();
  const classes = useQuery(classesQuery);
  const form = useForm({ initialValues: start, onValuesChange: onChange });
  const send = useMutation({
    mutationFn: () => save(form.values),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["students"] });
      onDone(form.values);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit(() => send.mutate())}>
      <Stack>
        {isNew && (
          <TextInput
            label={t("id")}
            description={t("idWhat")}
            required
            autoCapitalize="none"
            autoComplete="off"
            maxLength={64}
            data-autofocus
            {...form.getInputProps("id")}
          />
        )}
        <TextInput label={t("name")} required autoComplete="off" maxLength={200} {...form.getInputProps("full_name")} />
        <Autocomplete
          label={t("class")}
          maxLength={100}
          data={classes.data?.map((c) => c.name) ?? []}
          {...form.getInputProps("class_name")}
        />
        <TextInput type="date" label={t("birthDate")} {...form.getInputProps("birth_date")} />
        <Textarea label={t("address")} autosize minRows={2} maxLength={500} {...form.getInputProps("address")} />
        <ProblemAlert error={send.error} />
        <Button type="submit" loading={send.isPending}>
          {t(isNew ? "add" : "common:save")}
        </Button>
      </Stack>
    </form>
  );
}
